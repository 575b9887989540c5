// Sending a finished report again.
import { status } from "elysia";
import { Deliveries, ResendInput } from "../model/delivery.ts";
import { NinesError } from "../model/errors.ts";
import type { Report } from "../model/report.ts";
import { found } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { requireCompleted } from "./reports.ts";

/** The operation on deliveries; what became of them is on the report. */
export const deliveryRoutes = (kernel: Kernel) =>
  kernel.post("/reports/sla/reports/:id/deliveries", sendReportAgain, SendReportAgain);

const SendReportAgain = operation({
  operationId: "sendSlaReportAgain",
  tag: "Generated Reports",
  summary: "Send a report again",
  description:
    "To the given `delivery_ids`; or, without a body, to whom it could not be delivered and to addresses that the schedule has gained since. What is queued already is not queued twice, and what left within the last minute is not sent again. A report with `voided_at` is not sent.",
  scopes: ["sla:run"],
  params: idParam("report", "The report's id"),
  body: ResendInput,
  bodyOptional: true,
  answers: {
    202: {
      description: "The deliveries that are queued now; none when there is nothing to send.",
      schema: Deliveries,
    },
  },
  refusals: [
    "parameter_invalid",
    "reference_not_found",
    "not_found",
    "report_not_ready",
    "too_many_queued_deliveries",
    "too_many_messages",
  ],
});

async function sendReportAgain({
  services,
  principal: { workspace },
  params: { id },
  body,
}: CallOf<typeof SendReportAgain>): Promise<AnswerOf<typeof SendReportAgain>> {
  const { store, wakeWorker } = services;
  const report = found(store.reports.get(workspace, id), "report", id);
  requireCompleted(report);
  refuseVoided(report);
  const deliveries = await store.write(() => store.deliveries.resend(workspace, id, body.delivery_ids));
  wakeWorker();
  return status(202, { deliveries: found(deliveries, "report", id) });
}

/** No message leaves about such a report: it would only fail. */
function refuseVoided({ voided_at }: Report): void {
  if (voided_at === null) return;
  throw new NinesError("report_not_ready", {
    message: `The report is not sent, for it was made while the clock was ahead (voided_at: ${voided_at}).`,
  });
}
