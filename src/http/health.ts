// Is it alive, is it ready, how is it doing.
import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { touchDatabase } from "../store/database/integrity.ts";
import { answers } from "./kernel/answers.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type AnswerOf, type CallOf, operation } from "./kernel/operation.ts";

const tag = "Server";

const Health = Type.Object(
  {
    status: Type.String({ description: "`ok`, or `ready`.", example: "ok" }),
    version: Type.String({ description: "The version of Nines." }),
  },
  { $id: "Health" },
);

/** The operations on the server itself. */
export const healthRoutes = (kernel: Kernel) =>
  new Elysia({ name: "health", normalize: false })
    .use(kernel)
    .get("/healthz", getHealth, GetHealth)
    .get("/readyz", getReadiness, GetReadiness)
    .get("/metrics", getMetrics, GetMetrics);

const GetHealth = operation({
  operationId: "getHealth",
  tag,
  summary: "Is the process alive?",
  description: "Answers as long as the process runs; needs nothing else.",
  scopes: "public",
  answers: answers.one(Health, "It is."),
  refusals: [],
});

function getHealth({ services: { version } }: CallOf<typeof GetHealth>): AnswerOf<typeof GetHealth> {
  return { status: "ok", version };
}

const GetReadiness = operation({
  operationId: "getReadiness",
  tag,
  summary: "Can it answer from its store?",
  description: "Reads from the database: the answer is 200 when it can serve requests.",
  scopes: "public",
  answers: answers.one(Health, "It can."),
  refusals: ["storage_unavailable"],
});

function getReadiness({
  services: { store, version },
}: CallOf<typeof GetReadiness>): AnswerOf<typeof GetReadiness> {
  touchDatabase(store.context.db);
  return { status: "ready", version };
}

const GetMetrics = operation({
  operationId: "getMetrics",
  tag,
  summary: "Metrics in Prometheus' text format",
  description: "Requests by route and status with their durations, and how many jobs wait, for how long.",
  scopes: ["admin"],
  answers: { 200: { description: "The metrics.", contentType: "text/plain" } },
  refusals: [],
});

async function getMetrics({
  services: { metrics },
}: CallOf<typeof GetMetrics>): Promise<AnswerOf<typeof GetMetrics>> {
  const { text, contentType } = await metrics.read();
  return new Response(text, { headers: { "Content-Type": contentType } });
}
