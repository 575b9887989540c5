// Many faults at once: import from a stream, export as CSV.
import { Type } from "@sinclair/typebox";
import { exportFaults as exportRows } from "../ingest/exportFaults.ts";
import { importFaults as importRows } from "../ingest/importFaults.ts";
import { ImportResult } from "../model/fault.ts";
import { costOfRows } from "./caller/costs.ts";
import { FaultFilterQuery, faultFilter } from "./faultQuery.ts";
import { answerStream } from "./kernel/answerStream.ts";
import { answers } from "./kernel/answers.ts";
import { importStream } from "./kernel/importStream.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";

const tag = "Faults";
/** The operations of import and export. */
export const faultTransferRoutes = (kernel: Kernel) =>
  kernel.post("/fault/import", importFaults, ImportFaults).get("/fault/export", exportFaults, ExportFaults);

const ImportFaults = operation({
  operationId: "importFaults",
  tag,
  summary: "Import faults from NDJSON or CSV",
  description:
    "A stream of any length. `site_id`, or `site` (a site's name or external id), names the site; `created_at` (or `started_at`) is the start. The same file again changes nothing: rows are recognised by `external_id`, else by site, type, start and cause. Bad rows are refused one by one; the good ones stay.",
  scopes: ["fault:write"],
  streams: {
    "application/x-ndjson": `{"site": "zrh-1", "started_at": "2026-02-17T15:30:55Z", "resolved_at": "2026-02-17T15:42:00Z", "cause": "fiber cut"}\n`,
    "text/csv":
      "site,started_at,resolved_at,cause\nzrh-1,2026-02-17T15:30:55Z,2026-02-17T15:42:00Z,fiber cut\n",
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

async function importFaults({
  services,
  principal,
  request,
}: CallOf<typeof ImportFaults>): Promise<AnswerOf<typeof ImportFaults>> {
  const { context } = services.store;
  const { workspace } = principal;
  return importRows({ context, workspace, ...importStream(services, request, principal) });
}

const ExportFaults = operation({
  operationId: "exportFaults",
  tag,
  summary: "Export faults as CSV",
  description: "Newest start first. Can be imported again.",
  scopes: ["fault:read"],
  query: Type.Object(FaultFilterQuery),
  answers: {
    200: {
      description: "The faults, one a row below a header.",
      contentType: "text/csv",
      headers: { "Content-Disposition": "A file name." },
    },
  },
  refusals: ["parameter_invalid", "too_many_streams", "server_stopping"],
});

function exportFaults({
  services,
  principal,
  query,
  request,
}: CallOf<typeof ExportFaults>): AnswerOf<typeof ExportFaults> {
  const { store, exports } = services;
  const filter = faultFilter(query);
  const closed = exports(request);
  const onRows = (rows: number) => principal.charge(costOfRows(rows));
  const rows = exportRows(store.faults, principal.workspace, filter, { onRows, closed });
  return new Response(answerStream(services, request, rows), {
    headers: {
      "Content-Type": "text/csv; charset=utf-8",
      "Content-Disposition": 'attachment; filename="faults.csv"',
    },
  });
}
