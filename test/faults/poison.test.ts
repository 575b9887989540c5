// Reports that cannot be made: that take for ever, eat the memory, or always fail. Each is a visible failure in
// the end, and holds up no other.
import { Database } from "bun:sqlite";
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { LimitExceeded } from "../../src/model/limitExceeded.ts";
import { startRenderer } from "../../src/render/renderer.ts";
import { binaryMissing, emptyFolder, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { aSchedule, type Client, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

const MIB = 1024 * 1024;
const HUGE = 120_000;
const DAY = { from_date: "2026-09-01", to_date: "2026-09-02" };
const LONGEST_MS = 60_000;
const TOO_LONG = [{ NINES_REPORT_TIMEOUT: "1" }, "it took longer than 1 s"] as const;
const TOO_MUCH = [{ NINES_REPORT_MEMORY: "50" }, "it needed more than 50 MB of memory"] as const;

const renderers: ReturnType<typeof startRenderer>[] = [];
afterEach(() => {
  for (const renderer of renderers.splice(0)) renderer.stop();
});

function rendererWith(limits: { timeMs?: number; memoryBytes?: number }) {
  const renderer = startRenderer(
    {
      dataFolder: "/nonexistent",
      version: "0",
      pdf: { pageSize: "A4", brand: { color: "#000000", name: null, logo: null } },
    },
    {
      limits: { timeMs: 30_000, memoryBytes: 10_000 * MIB, ...limits },
      script: new URL("./endlessRender.ts", import.meta.url),
    },
  );
  renderers.push(renderer);
  return (id: string) => renderer.make(id, () => {});
}

test("a report that never ends is ended with its thread, and the next one is made", async () => {
  const make = rendererWith({ timeMs: 2000 });
  const failure = await make("endless").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LimitExceeded);
  expect((failure as Error).message).toBe("it took longer than 2 s");
  expect((await make("next")).siteCount).toBe(1);
});

test("a report that takes memory without end is ended with its thread, and the next one is made", async () => {
  const make = rendererWith({ memoryBytes: 100 * MIB });
  const failure = await make("greedy").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(LimitExceeded);
  expect((failure as Error).message).toBe("it needed more than 100 MB of memory");
  expect((await make("next")).siteCount).toBe(1);
});

test("what others hold meanwhile is not counted", async () => {
  const make = rendererWith({ memoryBytes: 100 * MIB });
  const made = make("patient");
  const held = Array.from({ length: 150 }, () => new Uint8Array(MIB).fill(1));
  expect((await made).siteCount).toBe(1);
  expect(held).toHaveLength(150);
});

test("a report that takes memory and does nothing else is measured from outside", async () => {
  const make = rendererWith({ memoryBytes: 100 * MIB });
  expect(await make("silent").catch((error: unknown) => error)).toBeInstanceOf(LimitExceeded);
});

async function ended(client: Client, id: string): Promise<{ status: string; error: string | null }> {
  const endMs = Date.now() + LONGEST_MS;
  while (Date.now() < endMs) {
    const { body } = await client.get(`/reports/sla/reports/${id}`);
    if (body.status === "completed" || body.status === "failed") return body;
    await Bun.sleep(20);
  }
  throw new Error(`the report ${id} does not end`);
}

/** One schedule whose report is huge, and one whose report is small. */
async function makeSchedules(client: Client, folder: string): Promise<void> {
  for (const [name, rows] of [
    ["Huge", HUGE],
    ["Small", 1],
  ] as const) {
    const { body: site } = await client.post("/sites", { name });
    const manual = { site_selection_mode: "manual", sites: [site.id] };
    expect((await client.post("/reports/sla/schedules", aSchedule({ name, ...manual }))).status).toBe(201);
    addOutages(folder, site.id, rows);
  }
}

/** So many short outages of a site, straight into the database: an import takes its time. */
function addOutages(folder: string, site: string, count: number): void {
  const db = new Database(join(folder, "data", "nines.sqlite"), { readwrite: true });
  db.run("PRAGMA busy_timeout = 5000");
  db.query(
    `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?2)
     INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, resolved_at_ms, updated_at_ms)
     SELECT 'flt_' || seq || '_' || n, workspace, seq, 'site', 'LOW', ?3 + n * 700, ?3 + n * 700 + 300, 0
     FROM sites, n WHERE id = ?1`,
  ).run(site, count, Date.parse("2026-09-01T00:00:00Z"));
  db.close();
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "poison [needs dist/nines]" : "poison",
  () => {
    test("a report beyond its limits fails with the reason, and others are made meanwhile", async () => {
      const folder = emptyFolder();
      const setUp = await serve(folder.path);
      const token = await tokenOf(folder.path);
      await makeSchedules(clientOf(setUp.url, token), folder.path);
      await setUp.stop();
      for (const [limits, reason] of isLong ? [TOO_LONG, TOO_MUCH] : [TOO_LONG]) {
        const server = await serve(folder.path, limits);
        const client = clientOf(server.url, token);
        const { data } = (await client.get("/reports/sla/schedules")).body;
        const start = async (name: string): Promise<string> => {
          const { id } = data.find((schedule: { name: string }) => schedule.name === name);
          return (await client.post(`/reports/sla/schedules/${id}/run`, DAY)).body.report_id;
        };
        const huge = await start("Huge");
        let small = await ended(client, await start("Small"));
        // On a machine busy enough, the small one takes longer than a second, too: then another is asked for.
        while (reason.includes("took") && small.error === reason)
          small = await ended(client, await start("Small"));
        if (reason.includes("took")) expect(small.status).toBe("completed");
        expect(await ended(client, huge)).toMatchObject({ status: "failed", error: reason });
        expect((await client.get("/healthz")).status).toBe(200);
        await server.stop();
      }
      folder.remove();
    });

    test("a report that always fails waits longer each time while others are made", async () => {
      const folder = emptyFolder();
      const first = await serve(folder.path);
      const token = await tokenOf(folder.path);
      const { body: schedule } = await clientOf(first.url, token).post("/reports/sla/schedules", aSchedule());
      const before = clientOf(first.url, token);
      const { body } = await before.post(`/reports/sla/schedules/${schedule.id}/run`, DAY);
      await first.stop("SIGKILL");
      const db = new Database(join(folder.path, "data", "nines.sqlite"));
      db.query(
        "UPDATE reports SET status = 'queued', artefacts = NULL, snapshot = json_set(snapshot, '$.settings.timezone', 'Mars/Base') WHERE id = ?",
      ).run(body.report_id);
      db.run("UPDATE jobs SET state = 'queued', attempts = 0, finished_at_ms = NULL");
      db.close();

      const server = await serve(folder.path, { NINES_LOG: "silent" });
      const client = clientOf(server.url, token);
      for (let i = 0; i < 3; i++)
        expect((await client.run(schedule.id, DAY.from_date, DAY.to_date)).status).toBe("completed");
      const poisoned = await client.get(`/reports/sla/reports/${body.report_id}`);
      expect(["queued", "running"]).toContain(poisoned.body.status);
      if (isLong) {
        const end = await ended(client, body.report_id);
        expect(end.status).toBe("failed");
        expect(end.error).toContain("Mars/Base");
      }
      await server.stop();
      folder.remove();
    });
  },
);
