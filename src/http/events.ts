// A report's progress as server-sent events, until it is completed, failed or deleted.
import { Elysia } from "elysia";
import type { Report } from "../model/report.ts";
import { found } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";
import { idParam } from "./kernel/params.ts";
import { presented } from "./reports.ts";

/** How often the report is looked at. Progress is stored about as often. */
const LOOK_EVERY_MS = 200;
/** A comment this often keeps proxies from closing a quiet connection. */
const HEARTBEAT_MS = 15_000;

/** The operation on a report's progress. */
export const eventRoutes = (kernel: Kernel) =>
  new Elysia({ name: "events", normalize: false })
    .use(kernel)
    .get("/reports/sla/reports/:id/events", followReport, FollowReport);

const FollowReport = operation({
  operationId: "followSlaReport",
  tag: "Generated Reports",
  summary: "Follow a report's progress",
  description:
    "Server-sent events: `progress` with the report whenever it changes, then one of `completed`, `failed`, `deleted`, and the stream ends.",
  scopes: ["sla:read"],
  params: idParam("report", "The report's id"),
  answers: {
    200: {
      description: "The events; the data of each is the report as `GET` answers it (`{}` when deleted).",
      contentType: "text/event-stream",
      headers: { "X-Accel-Buffering": "`no`: a proxy shall pass events on as they come." },
    },
  },
  refusals: ["not_found"],
});

function followReport({
  services,
  principal,
  params: { id },
  request,
}: CallOf<typeof FollowReport>): AnswerOf<typeof FollowReport> {
  const { store, shutdown } = services;
  found(store.reports.get(principal.workspace, id), "report", id);
  services.keepOpen(request, 0);
  const look = () => {
    const report = store.reports.get(principal.workspace, id);
    return report && presented(report, services.baseUrl);
  };
  return new Response(eventStream(look, shutdown), {
    headers: {
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    },
  });
}

function eventStream(look: () => Report | null, shutdown: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let forget = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      let shown = "";
      let quietMs = 0;
      const close = () => {
        forget();
        controller.close();
      };
      const tell = () => {
        const report = look();
        const kind = report === null ? "deleted" : eventOf(report);
        const text = `event: ${kind}\ndata: ${JSON.stringify(report ?? {})}\n\n`;
        quietMs += LOOK_EVERY_MS;
        if (text !== shown) controller.enqueue(encoder.encode(text));
        else if (quietMs >= HEARTBEAT_MS) controller.enqueue(encoder.encode(": still here\n\n"));
        if (text !== shown || quietMs >= HEARTBEAT_MS) quietMs = 0;
        shown = text;
        if (kind !== "progress") close();
      };
      const timer = setInterval(() => {
        try {
          tell();
        } catch (error) {
          // The store cannot be read just now: that ends this stream, not the server.
          forget();
          controller.error(error);
        }
      }, LOOK_EVERY_MS);
      forget = () => {
        clearInterval(timer);
        shutdown.removeEventListener("abort", close);
      };
      shutdown.addEventListener("abort", close);
      tell();
    },
    // The client went: a later shutdown must not close what is closed already.
    cancel: () => forget(),
  });
}

function eventOf(report: Report): "progress" | "completed" | "failed" {
  return report.status === "completed" || report.status === "failed" ? report.status : "progress";
}
