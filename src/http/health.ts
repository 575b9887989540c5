// Is it alive, is it ready, how is it doing.
import { Type } from "@sinclair/typebox";
import { Instant } from "../model/fields.ts";
import { formatInstant } from "../model/formats.ts";
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

const Readiness = Type.Object(
  {
    ...Health.properties,
    details: Type.Object(
      {
        clock: Type.Union(
          [
            Type.Literal("believed"),
            Type.Object({
              held_since: Instant("What the clock said when its jump was noticed."),
              jump_seconds: Type.Number({ description: "How far it jumped; ahead, when positive." }),
            }),
          ],
          {
            description:
              "`believed`; or the jump after which schedules and retention hold still, until the clock has run evenly for ten minutes, or `nines clock accept`.",
          },
        ),
      },
      { description: "What a healthy server may be waiting for." },
    ),
  },
  { $id: "Readiness" },
);

/** The operations on the server itself. */
export const healthRoutes = (kernel: Kernel) =>
  kernel
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
  answers: answers.one(Readiness, "It can."),
  refusals: ["storage_unavailable"],
});

function getReadiness({
  services: { store, version, clock },
}: CallOf<typeof GetReadiness>): AnswerOf<typeof GetReadiness> {
  store.database.touch();
  const hold = clock.look();
  return {
    status: "ready",
    version,
    details: {
      clock: hold
        ? { held_since: formatInstant(hold.sinceMs), jump_seconds: hold.jumpMs / 1000 }
        : "believed",
    },
  };
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
