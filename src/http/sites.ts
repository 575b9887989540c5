// Sites: list, create, retrieve, change, delete, import.
import { Type } from "@sinclair/typebox";
import { importSites as importRows } from "../ingest/importSites.ts";
import { ImportResult } from "../model/fault.ts";
import { Site, SiteInput, SitePatch } from "../model/site.ts";
import { checkSite } from "../model/siteRules.ts";
import { requireScope } from "./caller/auth.ts";
import { answers, created, found, noContent, pageAnswer } from "./kernel/answers.ts";
import { type EntityTag, unlessChanged } from "./kernel/etag.ts";
import { importStream } from "./kernel/importStream.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { PageQuery, pageOf } from "./kernel/query.ts";
import { readOnlyFields } from "./kernel/validate.ts";
import { TagParameter, tagRule } from "./tags.ts";

const tag = "Sites";
const params = idParam("site", "The site's id");
const etag: EntityTag<Site, { id: string }> = {
  current: ({ services: { store }, principal, params: { id } }) => store.sites.get(principal.workspace, id),
};
const readOnly = readOnlyFields(Site, SiteInput);

/** The operations on sites. */
export const siteRoutes = (kernel: Kernel) =>
  kernel
    .get("/sites", listSites, ListSites)
    .post("/sites", createSite, CreateSite)
    .post("/sites/import", importSites, ImportSites)
    .get("/sites/:id", getSite, GetSite)
    .patch("/sites/:id", updateSite, UpdateSite)
    .delete("/sites/:id", deleteSite, DeleteSite);

const ListSites = operation({
  operationId: "listSites",
  tag,
  summary: "List sites",
  scopes: ["sla:read", "fault:read"],
  query: Type.Object({
    ...PageQuery,
    name: Type.Optional(Type.String({ description: "Only sites with exactly this name." })),
    external_id: Type.Optional(Type.String({ description: "Only the site with this external id." })),
    tag: Type.Optional(
      Type.Array(Type.String(TagParameter), {
        maxItems: 20,
        description: "Only sites with all these tags.",
      }),
    ),
  }),
  answers: answers.list(Site, "Sites, newest first."),
  refusals: [],
});

function listSites({
  services: { store },
  principal,
  query,
}: CallOf<typeof ListSites>): AnswerOf<typeof ListSites> {
  const page = pageOf(query);
  const { name, external_id: externalId, tag: tags } = query;
  const filter = { name, externalId, tags: tags?.map((text) => tagRule(text, "tag")) };
  return pageAnswer(store.sites.list(principal.workspace, filter, page), page);
}

const CreateSite = operation({
  operationId: "createSite",
  tag,
  etag,
  summary: "Create a site",
  description:
    "Schedules choose and group sites by their tags. Faults of a WAN link name it by the `id` it is given here.",
  scopes: ["sla:write"],
  body: SiteInput,
  readOnly,
  answers: answers.made(Site, "The new site."),
  refusals: ["parameter_missing", "parameter_invalid", "reference_not_found", "already_exists"],
});

function createSite({
  services: { store },
  principal,
  body,
  set,
}: CallOf<typeof CreateSite>): AnswerOf<typeof CreateSite> {
  checkSite(body);
  const site = store.sites.create(principal.workspace, body);
  return created(set, site, `/sites/${site.id}`);
}

const ImportSites = operation({
  operationId: "importSites",
  tag,
  summary: "Import sites from NDJSON or CSV",
  description:
    "A stream of any length, one site a row, with the fields of a site. Rows are recognised by `external_id`, else by `name`; the same file again changes nothing. In CSV, tags are columns named `tag:Key`; several values have `|` between. Bad rows are refused one by one; the good ones stay.",
  scopes: ["sla:write"],
  streams: {
    "application/x-ndjson": `{"name": "Zurich", "external_id": "zrh-1", "tags": {"Region": "EMEA", "Service": ["web", "api"]}}\n`,
    "text/csv": "name,external_id,tag:Region,tag:Service\nZurich,zrh-1,EMEA,web|api\n",
  },
  answers: answers.one(ImportResult, "What became of the rows."),
  refusals: [
    "parameter_missing",
    "parameter_unknown",
    "parameter_invalid",
    "unsupported_media_type",
    "server_stopping",
  ],
});

async function importSites({
  services,
  principal,
  request,
}: CallOf<typeof ImportSites>): Promise<AnswerOf<typeof ImportSites>> {
  const { context } = services.store;
  const { workspace } = principal;
  return importRows({ context, workspace, ...importStream(services, request, principal) });
}

const GetSite = operation({
  operationId: "getSite",
  tag,
  etag,
  summary: "Retrieve a site",
  scopes: ["sla:read", "fault:read"],
  params,
  answers: answers.one(Site, "The site."),
  refusals: ["not_found"],
});

function getSite({
  services: { store },
  principal,
  params: { id },
}: CallOf<typeof GetSite>): AnswerOf<typeof GetSite> {
  return found(store.sites.get(principal.workspace, id), "site", id);
}

const UpdateSite = operation({
  operationId: "updateSite",
  tag,
  etag,
  summary: "Change some fields of a site",
  description:
    "`tags` and `wan_links` are replaced as a whole; a link keeps its faults when its `id` is given.",
  scopes: ["sla:write"],
  params,
  body: SitePatch,
  readOnly,
  answers: answers.one(Site, "The site as it is now."),
  refusals: [
    "parameter_missing",
    "parameter_invalid",
    "reference_not_found",
    "already_exists",
    "in_use",
    "not_found",
  ],
});

function updateSite(call: CallOf<typeof UpdateSite>): AnswerOf<typeof UpdateSite> {
  const { services, principal, params, body } = call;
  checkSite(body);
  const update = () => services.store.sites.update(principal.workspace, params.id, body);
  return found(unlessChanged(call, etag, update), "site", params.id);
}

const DeleteSite = operation({
  operationId: "deleteSite",
  tag,
  etag,
  summary: "Delete a site with its faults",
  description:
    "Its faults are deleted with it, for good: that takes the scope `fault:write` too. It leaves every schedule and maintenance window that names it. Finished reports stay as they are.",
  scopes: ["sla:write"],
  params,
  answers: answers.gone,
  refusals: ["not_found"],
});

function deleteSite(call: CallOf<typeof DeleteSite>): AnswerOf<typeof DeleteSite> {
  const { services, principal, params } = call;
  const { sites } = services.store;
  // Its faults go with it: whoever may not delete one of them may not delete all of them.
  const faults = found(sites.faultCount(principal.workspace, params.id), "site", params.id);
  if (faults > 0) requireScope(principal, ["fault:write"]);
  unlessChanged(call, etag, () => sites.remove(principal.workspace, params.id));
  return noContent();
}
