// Is it alive, is it ready, how is it doing.
import { Type } from "@sinclair/typebox";
import { touchDatabase } from "../store/database/integrity.ts";
import { ok } from "./kernel/answers.ts";
import { type Route, route } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import type { Metrics } from "./metrics.ts";

const Health = Type.Object(
  {
    status: Type.String({ description: "`ok`, or `ready`.", example: "ok" }),
    version: Type.String({ description: "The version of Nines." }),
  },
  { $id: "Health" },
);

/** The routes of health and metrics. */
export function healthRoutes({ store, version }: Services, metrics: Metrics): Route[] {
  return [
    route({
      method: "GET",
      path: "/healthz",
      operationId: "getHealth",
      tag: "Server",
      summary: "Is the process alive?",
      description: "Answers as long as the process runs; needs nothing else.",
      scopes: "public",
      answers: { 200: { description: "It is.", schema: Health } },
      refusals: [],
      handle: () => ok({ status: "ok", version }),
    }),
    route({
      method: "GET",
      path: "/readyz",
      operationId: "getReadiness",
      tag: "Server",
      summary: "Can it answer from its store?",
      description: "Reads from the database: the answer is 200 when it can serve requests.",
      scopes: "public",
      answers: { 200: { description: "It can.", schema: Health } },
      refusals: ["storage_unavailable"],
      handle: () => {
        touchDatabase(store.context.db);
        return ok({ status: "ready", version });
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      operationId: "getMetrics",
      tag: "Server",
      summary: "Metrics in Prometheus' text format",
      description: "Requests by route and status with their durations, and how many jobs wait, for how long.",
      scopes: ["admin"],
      answers: { 200: { description: "The metrics.", contentType: "text/plain" } },
      refusals: [],
      handle: async () => {
        const { text, contentType } = await metrics.read();
        return new Response(text, { headers: { "Content-Type": contentType } });
      },
    }),
  ];
}
