// More than the server can do at once: it answers every request, bounds its queue and its memory, and serves
// workspaces in turn.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { openStore } from "../../src/cli/options.ts";
import { readConfig } from "../../src/server/config.ts";
import { aRun } from "../store/aStore.ts";
import { binaryMissing, emptyFolder, type Running, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { aSchedule, type Client, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

const WORKSPACES = 4;
const RUNS = isLong ? 5000 : 200;
const READERS = isLong ? 200 : 20;
const ROWS = isLong ? 1_000_000 : 10_000;
const FAULTS_IN_REPORT = isLong ? 20_000 : 1500;
const MOST_MEGABYTES = 600;
const MOST_WAITING = 1000;
const ROWS_AT_ONCE = 5000;
const DAY_MS = 86_400_000;

let folder: ReturnType<typeof emptyFolder>;
let server: Running;
beforeEach(async () => {
  folder = emptyFolder();
  server = await serve(folder.path);
});
afterEach(async () => {
  await server.stop("SIGKILL");
  folder.remove();
});

type Tenant = { client: Client; schedule: string; site: string };

async function tenant(workspace: string): Promise<Tenant> {
  const client = clientOf(server.url, await tokenOf(folder.path, { workspace }));
  const { body: site } = await client.post("/sites", { name: "Bern", external_id: "bern" });
  const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
  return { client, schedule: schedule.id, site: site.id };
}

const RANGE = { from_date: "2026-09-01", to_date: "2026-09-02" };
/** A period without outages: its reports are small. */
const QUIET_RANGE = { from_date: "2026-10-01", to_date: "2026-10-02" };
const runOf = ({ client, schedule }: Tenant) =>
  client.post(`/reports/sla/schedules/${schedule}/run`, QUIET_RANGE);

const megabytes = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))?.[1]) / 1024;

/** As many runs of a workspace as may wait, straight into the database: by requests they would take their time. */
function fillRuns(workspace: string): void {
  const { store, close } = openStore(readConfig({ data: join(folder.path, "data") }, {}));
  store.context.db.transaction(() => {
    for (let count = 0; count < MOST_WAITING; count++) store.runs.enqueue(aRun({ workspace }));
  })();
  close();
}

/** Watches the memory of the server; gives the most it had. */
function watchMemory(): () => number {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, megabytes());
  }, 50);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** Downloads through a socket that takes a little now and then. Gives how many bytes came in all. */
function slowRead(path: string, token: string): Promise<number> {
  const { hostname, port } = new URL(server.url);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let bytes = 0;
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("connect", () =>
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    ),
  );
  socket.on("data", (chunk) => {
    bytes += chunk.length;
    socket.pause();
    setTimeout(() => socket.resume(), 20);
  });
  socket.on("end", () => resolve(bytes));
  socket.on("error", reject);
  return promise;
}

/** Rows of an import as they are asked for, so that the test itself holds few. */
function importOf(rows: number): ReadableStream<Uint8Array> {
  let row = 0;
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const lines = row === 0 ? ["site,external_id,started_at,resolved_at"] : [];
      for (const end = Math.min(rows, row + ROWS_AT_ONCE); row < end; row++) {
        const startMs = Date.UTC(2020, 0, 1) + (row % (5 * 365)) * DAY_MS + Math.floor(row / 1825) * 60_000;
        const [from, to] = [startMs, startMs + 30_000].map((ms) => new Date(ms).toISOString());
        lines.push(`bern,e-${row},${from},${to}`);
      }
      controller.enqueue(encoder.encode(`${lines.join("\n")}\n`));
      if (row >= rows) controller.close();
    },
  });
}

/** Many short outages within the report's period: they make its JSON large. */
function faultsOfADay(count: number): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const startMs = Date.parse(`${RANGE.from_date}T00:00:00Z`) + row * 4000;
    const [from, to] = [startMs, startMs + 1000].map((ms) => new Date(ms).toISOString());
    return `bern,d-${row},${from},${to},outage ${row} of a day that had many`;
  });
  return `site,external_id,started_at,resolved_at,cause\n${rows.join("\n")}\n`;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "more than it can do [needs dist/nines]" : "more than it can do",
  () => {
    test("a backlog of one workspace does not hold up another's first report", async () => {
      const [busy, quiet] = [await tenant("busy"), await tenant("quiet")];
      await Promise.all(Array.from({ length: 200 }, () => runOf(busy)));
      await quiet.client.run(quiet.schedule, RANGE.from_date, RANGE.to_date);
      const { body } = await busy.client.get("/reports/sla/reports?status=queued&per_page=1");
      expect(body.meta.total).toBeGreaterThan(100);
    });

    test(
      `${RUNS} runs, ${READERS} slow readers and an import of ${ROWS} rows at once`,
      async () => {
        const tenants = await Promise.all(
          Array.from({ length: WORKSPACES }, (_, index) => tenant(`workspace-${index}`)),
        );
        const [first] = tenants as [Tenant];
        await first.client.send("POST", "/fault/import", faultsOfADay(FAULTS_IN_REPORT), "text/csv");
        const report = await first.client.run(first.schedule, RANGE.from_date, RANGE.to_date);
        const file = `/reports/sla/reports/${report.id}/json`;
        const part = await first.client.get(file, { Range: "bytes=0-0" });
        const size = Number(part.headers.get("content-range")?.split("/")[1]);
        const mostMemory = watchMemory();

        let isImporting = true;
        const imported = first.client
          .send("POST", "/fault/import", importOf(ROWS), "text/csv")
          .finally(() => {
            isImporting = false;
          });
        const reads = Array.from({ length: READERS }, () => slowRead(file, first.client.token));
        const statuses = new Map<number, number>();
        const fire = async (index: number) => {
          const { status, headers } = await runOf(tenants[index % WORKSPACES] as Tenant);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
        };
        for (let sent = 0; sent < RUNS; sent += 100)
          await Promise.all(Array.from({ length: 100 }, (_, index) => fire(sent + index)));
        // Between the batches of the import others have their turn.
        let answeredMeanwhile = 0;
        let longestMs = 0;
        for (let i = 0; isImporting && i < 100_000; i++) {
          const started = performance.now();
          expect((await first.client.get(`/sites/${first.site}`)).status).toBe(200);
          longestMs = Math.max(longestMs, performance.now() - started);
          if (isImporting) answeredMeanwhile++;
        }
        const { status, body } = await imported;
        expect([status, body.created, body.refused]).toEqual([200, ROWS, 0]);
        for (const bytes of await Promise.all(reads)) expect(bytes).toBeGreaterThan(size);

        expect([...statuses.keys()].filter((code) => code !== 202 && code !== 429)).toEqual([]);
        expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(RUNS);
        for (const { client } of tenants) {
          const waiting = await client.get("/reports/sla/reports?status=queued&per_page=1");
          expect(waiting.body.meta.total).toBeLessThanOrEqual(MOST_WAITING);
        }
        const memory = mostMemory();
        expect(memory).toBeLessThan(MOST_MEGABYTES);
        if (isLong) {
          expect(answeredMeanwhile).toBeGreaterThan(ROWS / 50_000);
          expect(statuses.get(429)).toBeGreaterThan(0);
          console.log(
            JSON.stringify({ size, statuses: [...statuses], memory, longestMs, answeredMeanwhile }),
          );
        }
      },
      30 * 60_000,
    );

    test("past its limit a workspace is told when to come back, and others are not", async () => {
      const [busy, quiet] = [await tenant("busy"), await tenant("quiet")];
      fillRuns("busy");
      const answers = [];
      for (let sent = 0; sent < 300; sent += 100)
        answers.push(...(await Promise.all(Array.from({ length: 100 }, () => runOf(busy)))));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused[0]?.headers.get("retry-after")).toMatch(/^\d+$/);
      expect((await runOf(quiet)).status).toBe(202);
    });
  },
);
