// On-demand runs: the operation that Nines exists for.
import { Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import { checkRunRange } from "../model/runRules.ts";
import { RunAccepted, RunReportRequest } from "../model/schedule.ts";
import { found } from "./kernel/answers.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";

/** Seconds a client may wait before it looks at the report for the first time. */
const RETRY_AFTER_S = "2";

/** The run route. */
export function runRoutes(services: Services): Route[] {
  const { store, now, wakeWorker } = services;
  return [
    route({
      method: "POST",
      path: "/reports/sla/schedules/{scheduleId}/run",
      operationId: "runSlaReportOnDemand",
      tag: "SLA Report Schedules",
      summary: "Run a Report On-Demand",
      description:
        "Triggers an immediate, on-demand generation of a report for a specified date range. This does not affect the regular schedule. The report generation is asynchronous and the result will appear in the Generated Reports list when complete.",
      scopes: ["sla:run"],
      body: RunReportRequest,
      bodyDescription: "The date range for the on-demand report.",
      invalidCode: "invalid_date_range",
      headers: {
        "Idempotency-Key": {
          description:
            "A name of your choice for this request, so that it can be sent again without harm: the same key and body within 24 hours answer the first report; with another schedule or body it is refused.",
          schema: Type.String({ minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" }),
        },
      },
      answers: {
        202: {
          description: "Accepted. The report generation has been queued successfully.",
          schema: RunAccepted,
          headers: {
            Location: "The path of the report that will be made.",
            "Retry-After": "Seconds until it is worth a look.",
          },
        },
      },
      refusals: [
        "parameter_missing",
        "parameter_invalid",
        "invalid_date_range",
        "not_found",
        "idempotency_key_reused",
        "too_many_queued_runs",
      ],
      refusalTexts: {
        400: "Bad Request - The date range is invalid.",
        404: "Not Found - The requested schedule does not exist.",
        500: "Internal Server Error.",
      },
      handle: async (call) => {
        const workspace = workspaceOf(call);
        const scheduleId = call.params["scheduleId"] ?? "";
        const snapshot = found(store.schedules.snapshot(workspace, scheduleId), "schedule", scheduleId);
        checkRunRange(call.body, snapshot.settings.timezone, now());
        const key = idempotencyKey(call.request);
        const { from_date: fromDate, to_date: toDate } = call.body;
        const reportId = await store.runs.enqueueTogether({
          workspace,
          scheduleId,
          snapshot,
          trigger: "on_demand",
          fromDate,
          toDate,
          idempotency: key === null ? null : { key, request: `${scheduleId} ${fromDate} ${toDate}` },
        });
        wakeWorker();
        const path = `/reports/sla/reports/${reportId}`;
        return Response.json(
          {
            message: "Report is being generated.",
            report_id: reportId,
            status_url: `${services.baseUrl}${path}`,
          },
          { status: 202, headers: { Location: path, "Retry-After": RETRY_AFTER_S } },
        );
      },
    }),
  ];
}

function idempotencyKey(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new NinesError("parameter_invalid", {
    param: "Idempotency-Key",
    message: "The Idempotency-Key must be 1 to 255 visible ASCII characters.",
  });
}
