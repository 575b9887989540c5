// Calls of the API, as benchmarks make them.
import { signToken } from "../src/http/caller/auth.ts";
import { type Program, SECRET } from "./programs.ts";
import { WORKSPACE } from "./sampleData.ts";

export type Client = Awaited<ReturnType<typeof clientOf>>;

/** A client with all scopes in the workspace of the sample data. */
export async function clientOf(program: Program) {
  const token = await signToken(new TextEncoder().encode(SECRET), {
    subject: "bench",
    workspace: WORKSPACE,
    scopes: ["admin"],
    expiresAtS: Math.floor(Date.now() / 1000) + 86_400,
  });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const call = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${program.url}${path}`, { method, headers, ...init });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  };
  return {
    get: (path: string) => call("GET", path),
    post: (path: string, body: unknown) => call("POST", path, body),
  };
}

/** A schedule of all sites for reports of a month. Gives its id. */
export async function makeSchedule(client: Client): Promise<string> {
  const settings = { name: "Month", sla_target: 99.9, monthly: true, day_of_month: 1 };
  return (await client.post("/reports/sla/schedules", settings))["id"] ?? "";
}

/** Runs a report and waits until it is completed: milliseconds from asking for it to its files. */
export async function makeReport(
  client: Client,
  scheduleId: string,
  everyMs = 50,
): Promise<{ id: string; ms: number }> {
  const startedAt = performance.now();
  const range = { from_date: "2026-03-01", to_date: "2026-03-31" };
  const { report_id: id = "" } = await client.post(`/reports/sla/schedules/${scheduleId}/run`, range);
  for (;;) {
    const { status, error } = await client.get(`/reports/sla/reports/${id}`);
    if (status === "failed") throw new Error(`the report failed: ${error}`);
    if (status === "completed") return { id, ms: performance.now() - startedAt };
    await Bun.sleep(everyMs);
  }
}
