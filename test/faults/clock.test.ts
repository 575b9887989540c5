// The program itself finds reports that were made by a clock that was a year ahead: it hides them, says that it does
// not believe its clock, and settles them when somebody accepts it.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { binaryMissing, emptyFolder, nines, type Running, tokenOf } from "../support/binary.ts";
import { aSchedule, type Client, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const LONGEST_MS = 30_000;

let folder: ReturnType<typeof emptyFolder>;
let server: Running;
let client: Client;
beforeEach(async () => {
  folder = emptyFolder();
  server = await serve(folder.path);
  client = clientOf(server.url, await tokenOf(folder.path));
});
afterEach(async () => {
  await server.stop("SIGKILL");
  folder.remove();
});

async function restart(change: (db: Database) => void) {
  await server.stop("SIGKILL");
  const db = new Database(join(folder.path, "data", "nines.sqlite"));
  change(db);
  db.close();
  server = await serve(folder.path);
  client = clientOf(server.url, client.token);
}
const total = async (query: string) => (await client.get(`/reports/sla/reports?${query}`)).body.meta.total;
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + LONGEST_MS;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error("it did not come about");
    await Bun.sleep(20);
  }
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "a clock [needs dist/nines]" : "a clock",
  () => {
    test("that was a year ahead leaves reports that do not count, and one word settles them", async () => {
      const shown = await nines(folder.path, ["clock", "show", "--json"]);
      expect(JSON.parse(shown.out)).toEqual({ held: false, jump_seconds: null, accepted: false });
      expect((await nines(folder.path, ["clock", "accept"])).code).toBe(1);

      const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule({ daily: true }));
      await restart((db) => {
        db.query("UPDATE schedules SET created_at_ms = ?1, updated_at_ms = ?1, next_run_at_ms = ?2").run(
          Date.now() - 2 * DAY_MS,
          Date.now() - DAY_MS,
        );
      });
      await until(async () => (await total("")) >= 1);
      const made = await total("");
      await restart((db) => {
        db.run(
          `UPDATE reports SET created_at_ms = created_at_ms + ${YEAR_MS}, from_date = date(from_date, '+1 year'),
                              to_date = date(to_date, '+1 year')`,
        );
        db.run(`UPDATE produced_periods SET ends_at_ms = ends_at_ms + ${YEAR_MS}`);
      });
      expect([await total(""), await total("voided=true")]).toEqual([0, made]);
      expect((await client.get("/readyz")).body.details.clock.jump_seconds).toBeLessThan(-360 * 86_400);

      expect((await nines(folder.path, ["clock", "accept"])).code).toBe(0);
      await client.patch(`/reports/sla/schedules/${schedule.id}`, { name: "Another" });
      await until(async () => (await client.get("/readyz")).body.details.clock === "believed");
      expect(await total("voided=true")).toBe(made);
      expect((await nines(folder.path, ["clock", "show"])).out).toBe("the clock is believed\n");
    }, 60_000);
  },
);
