// A report's progress as server-sent events, until it is completed, failed or deleted.
import { eventStream } from "./eventStream.ts";
import { found } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { LONGEST_QUIET_S } from "./kernel/longCalls.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { presented } from "./reports.ts";

/** The operation on a report's progress. */
export const eventRoutes = (kernel: Kernel) =>
  kernel.get("/reports/sla/reports/:id/events", followReport, FollowReport);

const FollowReport = operation({
  operationId: "followSlaReport",
  tag: "Generated Reports",
  summary: "Follow a report's progress",
  description:
    "Server-sent events: `progress` with the report when it changes (steps are left out for a slow reader), then one of `completed`, `failed`, `deleted`, and the stream ends.",
  scopes: ["sla:read"],
  params: idParam("report", "The report's id"),
  answers: {
    200: {
      description: "The events; the data of each is the report as `GET` answers it (`{}` when deleted).",
      contentType: "text/event-stream",
      headers: { "X-Accel-Buffering": "`no`: a proxy shall pass events on as they come." },
    },
  },
  refusals: ["not_found", "too_many_streams"],
});

function followReport({
  services,
  principal,
  params: { id },
  request,
}: CallOf<typeof FollowReport>): AnswerOf<typeof FollowReport> {
  const { store, eventStreams, shutdown, baseUrl } = services;
  const { workspace } = principal;
  found(store.reports.get(workspace, id), "report", id);
  const source = {
    look: () => {
      const report = store.reports.get(workspace, id);
      return report && presented(report, baseUrl);
    },
    follow: (listener: () => void) => store.reports.follow(id, listener),
    shutdown,
    closed: eventStreams(request),
  };
  // There is a sign of life more often, which a reader that is gone does not take.
  services.keepOpen(request, LONGEST_QUIET_S);
  return new Response(eventStream(source), {
    headers: {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    },
  });
}
