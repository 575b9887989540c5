// What the server counts, for Prometheus. No label carries anything of a workspace.
// Not from its index, which loads what only metrics of the process need, and takes 10 ms of each start.
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import type { Hold } from "../sla/clock.ts";
import type { Store } from "../store/store.ts";

export type Metrics = ReturnType<typeof metricsOf>;

type RequestFacts = { method: string; route: string; status: number; seconds: number };
type AttemptFacts = { kind: string; outcome: string; seconds: number };

/** Requests and job attempts with their durations; the queue, deliveries and the database as they are when read. */
export function metricsOf(store: Store, clock: { look: () => Hold | null }) {
  const registry = new Registry();
  const { requests, durations } = requestMetrics(registry);
  const { attempts, jobDurations } = jobMetrics(registry);
  const readState = stateMetrics(registry, store, clock);
  return {
    observe: (request: RequestFacts) => {
      requests.inc({ method: request.method, route: request.route, status: request.status });
      durations.observe({ route: request.route }, request.seconds);
    },
    observeJob: (attempt: AttemptFacts) => {
      attempts.inc({ kind: attempt.kind, outcome: attempt.outcome });
      jobDurations.observe({ kind: attempt.kind }, attempt.seconds);
    },
    read: async () => {
      readState();
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

function requestMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: "nines_http_requests_total",
      help: "Requests answered.",
      labelNames: ["method", "route", "status"] as const,
      registers,
    }),
    durations: new Histogram({
      name: "nines_http_request_seconds",
      help: "Time from a request's head to its answer's head.",
      labelNames: ["route"] as const,
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
  };
}

function jobMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: new Counter({
      name: "nines_job_attempts_total",
      help: "Attempts at jobs that ended; a failed report or delivery is an outcome of failed.",
      labelNames: ["kind", "outcome"] as const,
      registers,
    }),
    jobDurations: new Histogram({
      name: "nines_job_seconds",
      help: "How long attempts at jobs took.",
      labelNames: ["kind"] as const,
      buckets: [0.05, 0.2, 1, 5, 20, 60, 300],
      registers,
    }),
  };
}

/** Gauges that are read out of the store at each scrape. */
function stateMetrics(registry: Registry, store: Store, clock: { look: () => Hold | null }): () => void {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const jobs = new Gauge({
    name: "nines_jobs",
    help: "Jobs by state.",
    labelNames: ["state"] as const,
    registers,
  });
  const age = gauge("nines_jobs_oldest_queued_seconds", "Age of the oldest job that waits.");
  const database = gauge("nines_database_bytes", "Size of the database file, without its log.");
  const started = gauge("nines_start_time_seconds", "When the process started, in seconds since the epoch.");
  const jump = gauge(
    "nines_clock_jump_seconds",
    "How far the clock jumped, while that is not believed and schedules and retention hold still; else 0.",
  );
  started.set(Math.floor(store.now() / 1000));
  return () => {
    const { queued, running, oldestAgeMs } = store.jobs.depth();
    jobs.set({ state: "queued" }, queued);
    jobs.set({ state: "running" }, running);
    age.set(oldestAgeMs / 1000);
    database.set(store.database.bytes());
    jump.set((clock.look()?.jumpMs ?? 0) / 1000);
  };
}
