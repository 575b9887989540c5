// Signed links to the files of reports: make, list, revoke. What they open is in artefacts.ts.

import { Type } from "@sinclair/typebox";
import { status } from "elysia";
import { NinesError } from "../model/errors.ts";
import { KeptLink, Link, LinkInput } from "../model/report.ts";
import { DAY_MS } from "../sla/lengths.ts";
import { signedPath } from "./caller/links.ts";
import { answers, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam, idText } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import type { Services } from "./kernel/services.ts";
import { requireCompleted } from "./reports.ts";

const tag = "Generated Reports";
const params = idParam("report", "The report's id");
/** A link stays as it is made until it is revoked. */
const etag: EntityTag<KeptLink & { url?: string }, { id: string; linkId: string }> = {
  current: ({ services: { store }, principal, params: { id, linkId } }) =>
    store.links.get(principal.workspace, { reportId: id, linkId }),
  asRead: ({ url: _, ...kept }) => kept,
};
/** How long a link works that nobody said more about, and one in a message; never longer than the setting. */
const USUAL_MS = 7 * DAY_MS;

/** How long a link works unless its maker says otherwise, in milliseconds. */
export function usualLinkMs({ longestLinkMs }: Pick<Services, "longestLinkMs">): number {
  return Math.min(USUAL_MS, longestLinkMs);
}

/** The absolute address of a kept link. */
export function urlOfLink({ linkKey, baseUrl }: Services, reportId: string, link: KeptLink): string {
  const { id: linkId, artefact, expires_at } = link;
  const expiresAtS = Math.floor(Date.parse(expires_at) / 1000);
  return baseUrl + signedPath(linkKey, { reportId, artefact, linkId, expiresAtS });
}

/** The operations on links. */
export const linkRoutes = (kernel: Kernel) =>
  kernel
    .get("/reports/sla/reports/:id/links", listLinks, ListLinks)
    .post("/reports/sla/reports/:id/links", createLink, CreateLink)
    .delete("/reports/sla/reports/:id/links/:linkId", revokeLink, RevokeLink);

const ListLinks = operation({
  operationId: "listSlaReportLinks",
  tag,
  summary: "List the signed links to a report's files",
  description: "Those that still work, in messages too, newest first. Their addresses are not told again.",
  scopes: ["sla:read"],
  params,
  query: Type.Object(PageQuery),
  answers: answers.list(KeptLink, "Links that work, newest first."),
  refusals: ["not_found"],
});

function listLinks({
  services: { store, longestLinkMs },
  principal,
  params: { id },
  query,
}: CallOf<typeof ListLinks>): AnswerOf<typeof ListLinks> {
  const page = pageOf(query);
  const of = { reportId: id, longestMs: longestLinkMs };
  return pageAnswer(found(store.links.list(principal.workspace, of, page), "report", id), page);
}

const CreateLink = operation({
  operationId: "createSlaReportLink",
  tag,
  etag,
  summary: "Make a signed link to a report's file",
  description:
    "Whoever has the link can load the file until it expires, is revoked, or the report is deleted. It is kept with the name of the token that made it.",
  scopes: ["sla:read"],
  params,
  body: LinkInput,
  bodyOptional: true,
  answers: { 201: { description: "The link.", schema: Link } },
  refusals: ["parameter_invalid", "not_found", "report_not_ready", "conflict"],
});

async function createLink({
  services,
  principal,
  params: { id },
  body,
}: CallOf<typeof CreateLink>): Promise<AnswerOf<typeof CreateLink>> {
  const { store, now, longestLinkMs } = services;
  const report = found(store.reports.get(principal.workspace, id), "report", id);
  requireCompleted(report);
  const { artefact = "pdf", expires_in = usualLinkMs(services) / 1000 } = body;
  refuseTooLong(expires_in, longestLinkMs);
  const expiresAtMs = (Math.floor(now() / 1000) + expires_in) * 1000;
  const maker = { subject: principal.subject };
  const kept = await store.write(() =>
    store.links.create(principal.workspace, { reportId: id, artefact, maker, expiresAtMs }),
  );
  const link = found(kept, "report", id);
  return status(201, { url: urlOfLink(services, id, link), ...link });
}

const RevokeLink = operation({
  operationId: "revokeSlaReportLink",
  tag,
  etag,
  summary: "Revoke a signed link",
  description: "It works no longer from now on.",
  scopes: ["sla:write"],
  params: Type.Object({ ...params.properties, linkId: idText("link", "The link's id") }),
  answers: { 204: { description: "Revoked." } },
  refusals: ["not_found"],
});

async function revokeLink(call: CallOf<typeof RevokeLink>): Promise<AnswerOf<typeof RevokeLink>> {
  const { store } = call.services;
  const { workspace } = call.principal;
  const { id, linkId } = call.params;
  found(store.reports.get(workspace, id), "report", id);
  const revoke = () => store.links.revoke(workspace, { reportId: id, linkId });
  found((await unlessChanged(call, etag, revoke)) || null, "link", linkId);
  return noContent();
}

function refuseTooLong(expiresInS: number, longestMs: number): void {
  if (expiresInS * 1000 <= longestMs) return;
  throw new NinesError("parameter_invalid", {
    param: "expires_in",
    message: `'expires_in' must be at most ${longestMs / 1000} (${longestMs / DAY_MS} days: the server's NINES_LINK_MAX_DAYS), but is ${expiresInS}.`,
  });
}
