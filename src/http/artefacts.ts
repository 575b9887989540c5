// The files of finished reports: whole, in ranges, or "not modified". With a token or a signed link.
import { Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import type { Artefact, Report } from "../model/report.ts";
import { ReportDocument } from "../report/document.ts";
import { fileNameOf } from "../report/fileName.ts";
import { artefactReader, type OpenArtefact } from "../store/files/artefactReader.ts";
import { artefactPath } from "../store/files/artefacts.ts";
import { checkLink } from "./caller/links.ts";
import { found } from "./kernel/answers.ts";
import { matchesEtag } from "./kernel/etag.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerDoc, type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import type { Services } from "./kernel/services.ts";
import { requireCompleted } from "./reports.ts";

const WORDS: Record<Artefact, { summary: string; what: string }> = {
  pdf: { summary: "Download the report as PDF", what: "For people." },
  json: {
    summary: "Download the report as JSON",
    what: "The report document: every figure with all that it was computed from; `nines verify` recomputes it.",
  },
  csv: { summary: "Download the report as CSV", what: "A row for each site." },
};

const HEADERS = {
  ETag: "Of the file; it never changes.",
  "Accept-Ranges": "`bytes`: parts can be asked for.",
};

const REQUEST_HEADERS = {
  Range: {
    description: "A part of the file, as `bytes=FIRST-LAST`, `bytes=FIRST-` or `bytes=-COUNT`.",
    schema: Type.String({ example: "bytes=0-1023" }),
  },
  "If-Range": {
    description: "An `ETag`: the part is sent only of this file, else the whole.",
    schema: Type.String(),
  },
  "If-None-Match": {
    description: "An `ETag`, or several: nothing is sent of a file that is known.",
    schema: Type.String(),
  },
};

const CONTENT_TYPES: Record<Artefact, string> = {
  pdf: "application/pdf",
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8",
};

const LinkQuery = Type.Object({
  link: Type.Optional(
    Type.String({
      maxLength: 40,
      description: "Of a signed link: its id. Leave it out with a token.",
    }),
  ),
  expires: Type.Optional(
    Type.String({
      maxLength: 12,
      description: "Of a signed link: when it stops working. Leave it out with a token.",
    }),
  ),
  signature: Type.Optional(
    Type.String({
      maxLength: 100,
      description: "Of a signed link: what proves it. Leave it out with a token.",
    }),
  ),
});

const mediaTypeOf = (artefact: Artefact) => CONTENT_TYPES[artefact].split(";")[0] ?? "";

const wholeFile = (artefact: Artefact): AnswerDoc => ({
  description: "The whole file.",
  ...(artefact === "json" ? { schema: ReportDocument } : { contentType: mediaTypeOf(artefact) }),
  headers: { ...HEADERS, "Content-Disposition": "A file name." },
});

const partOfFile = (artefact: Artefact): AnswerDoc => ({
  description: "The part that was asked for.",
  contentType: mediaTypeOf(artefact),
  headers: {
    ...HEADERS,
    "Content-Disposition": "A file name.",
    "Content-Range": "Which bytes these are, and how many the file has.",
  },
});

const SAME_FILE: AnswerDoc = {
  description: "The file is the one with the given `ETag`.",
  headers: HEADERS,
};

/** Up to this size an answer is held in memory, however slowly it is taken; larger ones stay in their file. */
const HELD_BYTES = 128 * 1024;

/** What it remembers are files as they are on this machine, whichever server sends them. */
const readArtefact = artefactReader();

/** The operations on the files. */
export const artefactRoutes = (kernel: Kernel) =>
  kernel
    .get("/reports/sla/reports/:id/pdf", downloadPdf, downloadOf("pdf"))
    .get("/reports/sla/reports/:id/json", downloadJson, downloadOf("json"))
    .get("/reports/sla/reports/:id/csv", downloadCsv, downloadOf("csv"));

type Download = ReturnType<typeof downloadOf>;

function downloadPdf(call: CallOf<Download>): Promise<AnswerOf<Download>> {
  return sendArtefact(call, "pdf");
}

function downloadJson(call: CallOf<Download>): Promise<AnswerOf<Download>> {
  return sendArtefact(call, "json");
}

function downloadCsv(call: CallOf<Download>): Promise<AnswerOf<Download>> {
  return sendArtefact(call, "csv");
}

const downloadOf = (artefact: Artefact) =>
  operation({
    operationId: `downloadSlaReport${artefact.charAt(0).toUpperCase()}${artefact.slice(1)}`,
    tag: "Generated Reports",
    summary: WORDS[artefact].summary,
    description: `${WORDS[artefact].what} With a token, or with the \`link\`, \`expires\` and \`signature\` of a signed link.`,
    scopes: ["sla:read"],
    takesLink: true,
    params: idParam("report", "The report's id"),
    query: LinkQuery,
    headers: REQUEST_HEADERS,
    answers: { 200: wholeFile(artefact), 206: partOfFile(artefact), 304: SAME_FILE },
    refusals: ["not_found", "report_not_ready", "link_invalid", "range_not_satisfiable", "artefact_damaged"],
  });

type Found = { report: Report; workspace: string };

/** The report that a signed link is of, or that the token's workspace has. */
function reportOf(
  { services, principal, params: { id }, query }: CallOf<Download>,
  artefact: Artefact,
): Found {
  const { store, linkKey, now } = services;
  const { link, expires, signature } = query;
  if (link === undefined && signature === undefined && expires === undefined) {
    const { workspace } = principal;
    return { report: found(store.reports.get(workspace, id), "report", id), workspace };
  }
  const given = { expires: expires ?? "", signature: signature ?? "" };
  checkLink(linkKey, { reportId: id, artefact, linkId: link ?? null }, given, now());
  const workspace = store.reports.order(id)?.workspace;
  if (workspace === undefined)
    throw new NinesError("link_invalid", { message: "The report of this link was deleted." });
  if (!isKept(services, link)) {
    throw new NinesError("link_invalid", {
      message: "The link was revoked or has expired; ask for a new one.",
    });
  }
  return { report: store.reports.get(workspace, id) as Report, workspace };
}

/** Whether a link that was signed still works. Those of before links were kept run out within the longest time from then. */
function isKept({ store, now, longestLinkMs }: Services, link: string | undefined): boolean {
  if (link !== undefined) return store.links.works(link, longestLinkMs);
  return now() < store.links.keptSinceMs() + longestLinkMs;
}

/** Sends a file as the bytes that it is stored as, JSON too: so it is a Response. */
async function sendArtefact(call: CallOf<Download>, artefact: Artefact): Promise<AnswerOf<Download>> {
  const { store, dataFolder } = call.services;
  const { report, workspace } = reportOf(call, artefact);
  requireCompleted(report);
  const facts = store.reports.artefactsOf(workspace, report.id)?.[artefact];
  const path = artefactPath(dataFolder, report.id, Date.parse(report.created_at), artefact);
  const file = facts ? await readArtefact(path, facts) : null;
  if (!facts || !file) {
    // It was deleted while its file was looked for.
    found(store.reports.get(workspace, report.id), "report", report.id);
    throw new NinesError("artefact_damaged", {
      message: `The report's ${artefact} file is missing or damaged; 'nines check --repair' rebuilds it if it can, else run the report again.`,
    });
  }
  try {
    return await answerWith(file, { facts, report, artefact, request: call.request });
  } catch (error) {
    await file.close();
    throw error;
  }
}

type Asked = {
  facts: { bytes: number; sha256: string };
  report: Report;
  artefact: Artefact;
  request: Request;
};

/** The file or the part of it that the request asks for. Whatever is not streamed is closed. */
async function answerWith(
  file: OpenArtefact,
  { facts, report, artefact, request }: Asked,
): Promise<Response> {
  const etag = `"${facts.sha256}"`;
  const headers: Record<string, string> = {
    ETag: etag,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=0, must-revalidate",
  };
  if (matchesEtag(request.headers.get("if-none-match"), etag)) {
    await file.close();
    return new Response(null, { status: 304, headers });
  }
  headers["Content-Type"] = CONTENT_TYPES[artefact];
  headers["Content-Disposition"] = dispositionOf(report, artefact);
  if (request.method === "HEAD") {
    await file.close();
    return new Response(null, { headers: { ...headers, "Content-Length": String(facts.bytes) } });
  }
  const ifRange = request.headers.get("if-range");
  const isRangeMeant = ifRange === null || ifRange === etag;
  const range = isRangeMeant ? rangeOf(request.headers.get("range"), facts.bytes) : null;
  const { start, end } = range ?? { start: 0, end: facts.bytes - 1 };
  if (range) headers["Content-Range"] = `bytes ${start}-${end}/${facts.bytes}`;
  const isHeld = end - start < HELD_BYTES;
  const body = isHeld ? await file.read(start, end + 1) : await file.part(start, end + 1);
  return new Response(body, { status: range ? 206 : 200, headers });
}

/** A single byte range, inclusive; null when none (or several, or an unreadable one) is asked for. */
function rangeOf(header: string | null, size: number): { start: number; end: number } | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return null;
  const start = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === "" || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start <= end) return { start, end };
  throw new NinesError("range_not_satisfiable", {
    param: "Range",
    message: `The file has ${size} bytes; the Range '${header}' lies outside.`,
    headers: { "Content-Range": `bytes */${size}` },
  });
}

/** The file's name in ASCII, and beside it in UTF-8. */
function dispositionOf(report: Report, artefact: Artefact): string {
  const name = fileNameOf(report, artefact);
  const plain = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9 ._-]/g, "")
    .replace(/\s+/g, " ")
    .trim();
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
