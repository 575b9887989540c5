// Time goes wrong while the server runs: it is suspended, past its leases too, and many schedules are due in the
// same second.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { binaryMissing, emptyFolder, type Running, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { aSchedule, type Client, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

/** The lease of a job is a minute. */
const SUSPENDED_MS = isLong ? 65_000 : 300;
const SCHEDULES = isLong ? 500 : 12;
const RUNS = isLong ? 12 : 6;
const LONGEST_MS = 120_000;
const DAY_MS = 86_400_000;

let folder: ReturnType<typeof emptyFolder>;
let server: Running;
let client: Client;
beforeEach(async () => {
  folder = emptyFolder();
  server = await serve(folder.path);
  client = clientOf(server.url, await tokenOf(folder.path));
});
afterEach(async () => {
  server.process.kill("SIGCONT");
  await server.stop("SIGKILL");
  folder.remove();
});

/** Waits until so many reports are completed and none waits. Gives the rows of all jobs. */
async function untilCompleted(count: number): Promise<{ state: string; attempts: number }[]> {
  const endMs = Date.now() + LONGEST_MS;
  let total = 0;
  while (total < count && Date.now() < endMs) {
    total = (await client.get("/reports/sla/reports?per_page=1")).body.meta.total;
    await Bun.sleep(20);
  }
  expect(total).toBe(count);
  for (const status of ["queued", "running", "failed"])
    expect((await client.get(`/reports/sla/reports?status=${status}`)).body.meta.total).toBe(0);
  const db = new Database(join(folder.path, "data", "nines.sqlite"), { readonly: true });
  const jobs = db.query<{ state: string; attempts: number }, []>("SELECT state, attempts FROM jobs").all();
  db.close();
  return jobs;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "wrong time [needs dist/nines]" : "wrong time",
  () => {
    test("a process that was suspended in the middle of its work does none of it twice", async () => {
      const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
      const range = { from_date: "2026-09-01", to_date: "2026-09-30" };
      for (let i = 0; i < RUNS; i++) await client.post(`/reports/sla/schedules/${schedule.id}/run`, range);
      for (let i = 0; i < 3; i++) {
        server.process.kill("SIGSTOP");
        await Bun.sleep(SUSPENDED_MS);
        server.process.kill("SIGCONT");
        await Bun.sleep(30);
      }
      const jobs = await untilCompleted(RUNS);
      expect(jobs).toEqual(Array.from({ length: RUNS }, () => ({ state: "succeeded", attempts: 1 })));
    }, 600_000);

    test("schedules that are due in the same second are each produced once, over restarts too", async () => {
      for (let i = 0; i < SCHEDULES; i++)
        await client.post(
          "/reports/sla/schedules",
          aSchedule({ name: `S${i}`, daily: true, monthly: false }),
        );
      await server.stop("SIGKILL");
      const db = new Database(join(folder.path, "data", "nines.sqlite"));
      const eightMs = 8 * 3_600_000;
      const atMs = Math.floor((Date.now() - eightMs) / DAY_MS) * DAY_MS + eightMs;
      const createdMs = Date.now() - 30 * DAY_MS;
      db.query("UPDATE schedules SET next_run_at_ms = ?, created_at_ms = ?, updated_at_ms = ?").run(
        atMs,
        createdMs,
        createdMs,
      );
      db.close();
      for (let restart = 0; restart < 3; restart++) {
        server = await serve(folder.path);
        await Bun.sleep(40);
        await server.stop("SIGKILL");
      }
      server = await serve(folder.path);
      client = clientOf(server.url, client.token);
      await untilCompleted(SCHEDULES);
      const { body } = await client.get("/reports/sla/reports?per_page=100");
      const names = new Set(body.data.map((report: { schedule_name: string }) => report.schedule_name));
      expect(names.size).toBe(Math.min(100, SCHEDULES));
    }, 600_000);
  },
);
