// Sending a finished report again.
import { Deliveries, ResendInput } from "../model/delivery.ts";
import { found } from "./kernel/answers.ts";
import { type Route, route, workspaceOf } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { requireCompleted } from "./reports.ts";

/** The route of deliveries; what became of them is on the report. */
export function deliveryRoutes({ store, wakeWorker }: Services): Route[] {
  return [
    route({
      method: "POST",
      path: "/reports/sla/reports/{id}/deliveries",
      operationId: "sendSlaReportAgain",
      tag: "Generated Reports",
      summary: "Send a report again",
      description:
        "To the given `delivery_ids`; or, without a body, to whom it could not be delivered and to addresses that the schedule has gained since. What is queued already is not queued twice.",
      scopes: ["sla:run"],
      body: ResendInput,
      bodyOptional: true,
      answers: {
        202: {
          description: "The deliveries that are queued now; none when there is nothing to send.",
          schema: Deliveries,
        },
      },
      refusals: ["parameter_invalid", "reference_not_found", "not_found", "report_not_ready"],
      handle: (call) => {
        const workspace = workspaceOf(call);
        const id = call.params["id"] ?? "";
        requireCompleted(found(store.reports.get(workspace, id), "report", id));
        const deliveries = store.deliveries.resend(workspace, id, call.body.delivery_ids);
        wakeWorker();
        return Response.json({ deliveries: found(deliveries, "report", id) }, { status: 202 });
      },
    }),
  ];
}
