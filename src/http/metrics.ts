// What the server counts, for Prometheus.
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Store } from "../store/store.ts";

export type Metrics = ReturnType<typeof metricsOf>;

/** Requests by route and status with their durations, and the depth of the job queue. */
export function metricsOf(store: Store) {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "nines_http_requests_total",
    help: "Requests answered.",
    labelNames: ["method", "route", "status"] as const,
    registers,
  });
  const durations = new Histogram({
    name: "nines_http_request_seconds",
    help: "Time from a request's head to its answer's head.",
    labelNames: ["route"] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  const depth = new Gauge({
    name: "nines_jobs",
    help: "Jobs by state.",
    labelNames: ["state"] as const,
    registers,
  });
  const age = new Gauge({
    name: "nines_jobs_oldest_queued_seconds",
    help: "Age of the oldest job that waits.",
    registers,
  });
  return {
    observe: (request: { method: string; route: string; status: number; seconds: number }) => {
      requests.inc({ method: request.method, route: request.route, status: request.status });
      durations.observe({ route: request.route }, request.seconds);
    },
    read: async () => {
      const { queued, running, oldestAgeMs } = store.jobs.depth();
      depth.set({ state: "queued" }, queued);
      depth.set({ state: "running" }, running);
      age.set(oldestAgeMs / 1000);
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}
