// On-demand runs: the operation that Nines exists for.

import { Type } from "@sinclair/typebox";
import { status } from "elysia";
import { NinesError } from "../model/errors.ts";
import { checkRunRange } from "../model/runRules.ts";
import { RunAccepted, RunReportRequest } from "../model/schedule.ts";
import { found } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idText } from "./kernel/params.ts";

/** Seconds a client may wait before it looks at the report for the first time. */
const RETRY_AFTER_S = "2";

/** The operation that runs a schedule. */
export const runRoutes = (kernel: Kernel) =>
  kernel.post("/reports/sla/schedules/:scheduleId/run", runReport, RunReport);

const RunReport = operation({
  operationId: "runSlaReportOnDemand",
  tag: "SLA Report Schedules",
  summary: "Run a Report On-Demand",
  description:
    "Triggers an immediate, on-demand generation of a report for a specified date range. This does not affect the regular schedule. The report generation is asynchronous and the result will appear in the Generated Reports list when complete.",
  scopes: ["sla:run"],
  params: Type.Object({
    scheduleId: idText("schedule", "The unique identifier for the SLA report schedule to run"),
  }),
  body: RunReportRequest,
  bodyDescription: "The date range for the on-demand report.",
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
    "too_many_queued_deliveries",
    "too_many_messages",
  ],
  refusalTexts: {
    400: "Bad Request - The date range is invalid.",
    404: "Not Found - The requested schedule does not exist.",
    500: "Internal Server Error.",
  },
});

async function runReport({
  services,
  principal,
  params: { scheduleId },
  body,
  request,
  set,
}: CallOf<typeof RunReport>): Promise<AnswerOf<typeof RunReport>> {
  const { store, now } = services;
  const { workspace } = principal;
  const snapshot = found(store.schedules.snapshot(workspace, scheduleId), "schedule", scheduleId);
  checkRunRange(body, snapshot.settings.timezone, now());
  const key = idempotencyKey(request);
  const { from_date: fromDate, to_date: toDate } = body;
  const run = {
    workspace,
    scheduleId,
    snapshot,
    trigger: "on_demand" as const,
    fromDate,
    toDate,
    idempotency: key === null ? null : { key, request: `${scheduleId} ${fromDate} ${toDate}` },
  };
  const reportId = await store.write(() => store.runs.enqueue(run));
  services.wakeWorker();
  const path = `/reports/sla/reports/${reportId}`;
  set.headers["location"] = path;
  set.headers["retry-after"] = RETRY_AFTER_S;
  return status(202, {
    message: "Report is being generated.",
    report_id: reportId,
    status_url: `${services.baseUrl}${path}`,
  });
}

function idempotencyKey(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key === null || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new NinesError("parameter_invalid", {
    param: "Idempotency-Key",
    message: "The Idempotency-Key must be 1 to 255 visible ASCII characters.",
  });
}
