// Many faults at once: import from a stream, export as CSV.
import { Type } from "@sinclair/typebox";
import { exportFaults } from "../ingest/exportFaults.ts";
import { importFaults } from "../ingest/importFaults.ts";
import { ImportResult } from "../model/fault.ts";
import { FaultFilterQuery, faultFilter } from "./faultQuery.ts";
import { answers, ok } from "./kernel/answers.ts";
import { importStream } from "./kernel/importStream.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";

const tag = "Faults";

/** The routes of import and export. They must be mounted before /fault/{id}. */
export function faultTransferRoutes(services: Services): Route[] {
  const { store } = services;
  return [
    route({
      method: "POST",
      path: "/fault/import",
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
      refusals: ["parameter_missing", "parameter_unknown", "parameter_invalid", "unsupported_media_type"],
      handle: async (call) =>
        ok(
          await importFaults({
            context: store.context,
            workspace: workspaceOf(call),
            ...importStream(services, call.request),
          }),
        ),
    }),
    route({
      method: "GET",
      path: "/fault/export",
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
      refusals: ["parameter_invalid"],
      handle: (call) => {
        services.keepOpen(call.request, 0);
        return new Response(exportFaults(store.faults, workspaceOf(call), faultFilter(call.query)), {
          headers: {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="faults.csv"',
          },
        });
      },
    }),
  ];
}
