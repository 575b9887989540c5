// The database's write lock is held by another process: who reads does not notice, who writes waits without holding
// up the others, and an idle server takes no lock at all.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { startWorker } from "../../src/jobs/worker.ts";
import { openDatabase, waitBriefly } from "../../src/store/database/open.ts";
import { writeLockOf } from "../../src/store/database/writeLock.ts";
import { aStore } from "../store/aStore.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
let other: Database;
beforeEach(async () => {
  server = await startTestServer();
  client = await server.client();
  await client.post("/sites", { name: "Bern" });
  other = new Database(join(server.dataFolder, "nines.sqlite"));
});
afterEach(async () => {
  other.close();
  await server.stop();
});

const hold = () => other.run("BEGIN IMMEDIATE");
const release = () => other.run("ROLLBACK");

test("reads are answered while writes wait, and the writes are made when the lock is free", async () => {
  hold();
  const writes = Array.from({ length: 50 }, (_, index) => client.post("/sites", { name: `Site ${index}` }));
  const rows = "site,started_at,resolved_at\nBern,2026-01-05T00:00:00Z,2026-01-05T01:00:00Z\n";
  const imported = client.send("POST", "/fault/import", rows, "text/csv");
  // The lock is held until all are answered: a read that waited for it would wait for ever.
  for (let round = 0; round < 5; round++)
    for (const path of ["/healthz", "/readyz", "/uptime?from=2026-01-01&to=2026-01-31", "/sites"])
      expect((await client.get(path)).status, path).toBe(200);
  release();
  for (const { status } of await Promise.all(writes)) expect(status).toBe(201);
  expect((await imported).body).toMatchObject({ created: 1, refused: 0 });
});

test("a schedule can be previewed while another process writes", async () => {
  hold();
  expect((await client.post("/reports/sla/schedules/preview", aSchedule())).status).toBe(200);
  release();
});

test("a report that is being made when the lock is taken is completed, at its first attempt", async () => {
  const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
  const range = { from_date: "2026-01-01", to_date: "2026-01-31" };
  const { body } = await client.post(`/reports/sla/schedules/${schedule.id}/run`, range);
  hold();
  const path = `/reports/sla/reports/${body.report_id}`;
  // Long enough for the report to be made: what ends it must be stored while the lock is held, or wait.
  await Bun.sleep(700);
  expect((await client.get(path)).status).toBe(200);
  release();
  while ((await client.get(path)).body.status !== "completed") await Bun.sleep(5);
  expect(other.query("SELECT attempts FROM jobs").values()).toEqual([[1]]);
});

test("who waits longer than that is told so, and nobody waits for the lock one after the other", async () => {
  const db = openDatabase(join(server.dataFolder, "nines.sqlite"));
  waitBriefly(db);
  const lock = writeLockOf(db);
  hold();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const waiting = Array.from({ length: 100 }, () => lock.whenFree(200).catch((error: unknown) => error));
  for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: "SQLITE_BUSY" });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
  release();
  await lock.whenFree(0);
  db.close();
});

test("a worker that has nothing to do only reads", async () => {
  const store = aStore();
  let looks = 0;
  let claims = 0;
  const { isDue, claim } = store.jobs;
  Object.assign(store.jobs, {
    isDue: (...given: Parameters<typeof isDue>) => {
      looks++;
      return isDue(...given);
    },
    claim: (...given: Parameters<typeof claim>) => {
      claims++;
      return claim(...given);
    },
  });
  const worker = startWorker({
    store,
    handlers: {},
    random: () => 0,
    log: () => {},
    pollMs: 1,
    kinds: ["report", "delivery"],
  });
  while (looks < 5) await Bun.sleep(1);
  await worker.stop(0);
  store.close();
  expect(claims).toBe(0);
});
