// Schedules of the real binary through kills: what came due while it was down is made once.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { databasePath } from "../../../src/store/database/open.ts";
import { BINARY, binaryMissing, emptyFolder, nines, serve, tokenOf } from "../../support/binary.ts";
import { aSchedule, type Client, clientOf } from "../../support/server.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A zone in which it is the afternoon now, so that it does not become 08:00 or midnight meanwhile. */
const AHEAD_H = 14 - new Date().getUTCHours();
const ZONE = `Etc/GMT${AHEAD_H > 0 ? "-" : "+"}${Math.abs(AHEAD_H)}`;
const SCHEDULES = "/reports/sla/schedules";
const LIMIT_MS = 30_000;

let folder: ReturnType<typeof emptyFolder>;
let token: string;
beforeEach(async () => {
  folder = emptyFolder();
  token = await tokenOf(folder.path);
});
afterEach(() => folder.remove());

type Row = { trigger: string; from_date: string; to_date: string; status: string };

/** Looks into the database while no server runs. */
function inDatabase<T>(look: (db: Database) => T): T {
  const db = new Database(databasePath(join(folder.path, "data")), { readwrite: true, create: false });
  try {
    return look(db);
  } finally {
    db.close();
  }
}

/** Makes it as if the schedule was stored long ago, and due to run at this instant. */
function letItBeDue(scheduleId: string, atMs: number): void {
  inDatabase((db) =>
    db.run("UPDATE schedules SET next_run_at_ms = ?, created_at_ms = ?, updated_at_ms = ? WHERE id = ?", [
      atMs,
      atMs - 90 * DAY_MS,
      atMs - 90 * DAY_MS,
      scheduleId,
    ]),
  );
}

const allReports = (): Row[] =>
  inDatabase((db) =>
    db
      .query<Row, []>("SELECT trigger, from_date, to_date, status FROM reports ORDER BY from_date, seq")
      .all(),
  );

/** A daily schedule, stored by a server that is then killed. */
async function aDailySchedule(): Promise<string> {
  const server = await serve(folder.path);
  const { body } = await clientOf(server.url, token).post(
    SCHEDULES,
    aSchedule({ monthly: false, daily: true, timezone: ZONE }),
  );
  expect(await server.stop("SIGKILL")).not.toBe(0);
  return body.id;
}

/** Today at 08:00 in the zone, and the dates before today. */
function today(): { eightMs: number; dateBefore: (days: number) => string } {
  const dayMs = Math.floor((Date.now() + AHEAD_H * HOUR_MS) / DAY_MS) * DAY_MS;
  return {
    eightMs: dayMs + (8 - AHEAD_H) * HOUR_MS,
    dateBefore: (days) => new Date(dayMs - days * DAY_MS).toISOString().slice(0, 10),
  };
}

async function completed(client: Client, count: number): Promise<void> {
  for (;;) {
    const { body } = await client.get("/reports/sla/reports");
    if (body.meta.total >= count) return;
    await Bun.sleep(20);
  }
}

const name = binaryMissing !== null ? "the binary [needs dist/nines]" : "the binary";
describe.skipIf(binaryMissing !== null)(name, () => {
  test(
    "makes a period that came due while it was down once, however often it is killed or the clock comes by again",
    async () => {
      const schedule = await aDailySchedule();
      const { eightMs, dateBefore } = today();
      letItBeDue(schedule, eightMs);
      // Not five times: a report whose making ends the process five times is given up, and says so.
      for (const delayMs of [0, 60]) {
        const server = await serve(folder.path);
        await Bun.sleep(delayMs);
        await server.stop("SIGKILL");
        // It listens before its first look at the schedules.
        expect(allReports().length).toBeLessThanOrEqual(1);
      }
      const server = await serve(folder.path);
      const client = clientOf(server.url, token);
      await completed(client, 1);
      const { body } = await client.get(`${SCHEDULES}/${schedule}`);
      expect(Date.parse(body.next_run_at)).toBe(eightMs + DAY_MS);
      expect(await server.stop()).toBe(0);
      const period = { from_date: dateBefore(1), to_date: dateBefore(1) };
      expect(allReports()).toEqual([{ trigger: "daily", ...period, status: "completed" }]);

      letItBeDue(schedule, eightMs - DAY_MS);
      const again = await serve(folder.path);
      await completed(clientOf(again.url, token), 2);
      expect(await again.stop()).toBe(0);
      expect(allReports().map(({ from_date }) => from_date)).toEqual([dateBefore(2), dateBefore(1)]);
      expect((await nines(folder.path, ["check"])).code).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    "makes what it missed in a week oldest first, also when it is killed before it says that it listens",
    async () => {
      const schedule = await aDailySchedule();
      const { eightMs, dateBefore } = today();
      letItBeDue(schedule, eightMs - 6 * DAY_MS);
      for (const afterMs of [30, 90]) await killedStart(afterMs);
      const server = await serve(folder.path);
      await completed(clientOf(server.url, token), 7);
      expect(await server.stop()).toBe(0);
      const dates = [7, 6, 5, 4, 3, 2, 1].map(dateBefore);
      expect(allReports()).toEqual(
        dates.map((date) => ({ trigger: "daily", from_date: date, to_date: date, status: "completed" })),
      );
      expect(
        inDatabase((db) => db.query("SELECT from_date FROM reports ORDER BY seq").values().flat()),
      ).toEqual(dates);
    },
    LIMIT_MS,
  );
});

/** Starts a server and kills it so many milliseconds later, however far it came. */
async function killedStart(afterMs: number): Promise<void> {
  const child = Bun.spawn([BINARY, "serve", "--port", "0"], {
    cwd: folder.path,
    env: { HOME: "/nonexistent", NINES_LOG: "error" },
    stdio: ["ignore", "ignore", "ignore"],
  });
  await Bun.sleep(afterMs);
  child.kill("SIGKILL");
  await child.exited;
}
