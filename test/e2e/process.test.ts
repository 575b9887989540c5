// The binary as a process: start, stop, crash, configuration.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../../src/cli/options.ts";
import { readConfig } from "../../src/server/config.ts";
import { makeDataFolder } from "../../src/store/files/dataFolder.ts";
import { SETTINGS } from "../store/aStore.ts";
import { binaryMissing, emptyFolder, nines, serve, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { aSchedule, clientOf } from "../support/server.ts";

// With `bun test` alone a test may take five seconds, which a program on a busy machine may need to start twice.
setDefaultTimeout(60_000);

const HOST_ZONES = ["America/St_Johns", "Pacific/Kiritimati", "UTC", "Asia/Kathmandu"];

let folder: ReturnType<typeof emptyFolder>;
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => folder.remove());

const token = () => tokenOf(folder.path);

/** What a server that was stopped left: an outage over the change of clocks in Zurich, and a schedule. Gives its id. */
function scheduleOfAnOutage(): string {
  const data = join(folder.path, "data");
  makeDataFolder(data);
  const { store, close } = openStore(readConfig({ data }, {}));
  const { id } = store.sites.create("default", { name: "A" });
  store.faults.create("default", {
    site_id: id,
    created_at: "2026-03-28T22:00:00Z",
    resolved_at: "2026-03-29T03:00:00Z",
  });
  const schedule = store.schedules.create("default", { ...SETTINGS, timezone: "Europe/Zurich" });
  close();
  return schedule.id;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "the binary [needs dist/nines]" : "the binary",
  () => {
    test("says its version and that of its time zones", async () => {
      const { out, code } = await nines(folder.path, ["--version"]);
      expect(out).toMatch(/^nines \d+\.\d+\.\d+ \(time zones: tzdata 20\d\d[a-z]\)\n$/);
      expect(code).toBe(0);
    });

    test("ends with 2 when it is misused, with 1 and one line when it cannot", async () => {
      expect((await nines(folder.path, ["reprot"])).code).toBe(2);
      const wrong = await nines(folder.path, ["serve"], { NINES_PORT: "eighty" });
      expect(wrong).toEqual({
        code: 1,
        out: "",
        err: "nines: NINES_PORT must be a port from 0 to 65535, but is 'eighty'\n",
      });
    });

    test("reads no .env and no bunfig.toml of its folder, keeps its data for its owner, and shares them with no other server", async () => {
      writeFileSync(join(folder.path, ".env"), "NINES_PORT=eighty\n");
      writeFileSync(join(folder.path, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
      writeFileSync(join(folder.path, "evil.ts"), 'throw new Error("preloaded");\n');
      const first = await serve(folder.path);
      expect((await fetch(`${first.url}/healthz`)).status).toBe(200);

      const data = join(folder.path, "data");
      expect(statSync(data).mode & 0o777).toBe(0o700);
      expect(statSync(join(data, "token-secret")).mode & 0o777).toBe(0o600);

      const second = await nines(folder.path, ["serve", "--port", "0"]);
      expect(second.code).toBe(1);
      expect(second.err).toStartWith("nines: another Nines server holds the data folder ");
      await first.stop("SIGKILL");
      const third = await serve(folder.path);
      expect(await third.stop("SIGINT")).toBe(0);
    });

    test("ends at once when its address is taken, and lets go of the data folder", async () => {
      const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
      const { code, err } = await nines(folder.path, ["serve", "--port", String(other.port)]);
      expect(code).toBe(1);
      expect(err).toStartWith(
        `nines: cannot listen on 127.0.0.1, port ${other.port} (NINES_HOST, NINES_PORT): `,
      );
      expect(await (await serve(folder.path)).stop()).toBe(0);
      await other.stop(true);
    });

    test("a run that was accepted before a crash is one completed report after it", async () => {
      const first = await serve(folder.path);
      const client = clientOf(first.url, await token());
      const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
      const range = { from_date: "2026-09-01", to_date: "2026-09-30" };
      const ids: string[] = [];
      for (let i = 0; i < 5; i++) {
        const { body } = await client.post(`/reports/sla/schedules/${schedule.id}/run`, range);
        ids.push(body.report_id);
      }
      await first.stop("SIGKILL");
      const reports = join(folder.path, "data", "reports", "2026", "01");
      mkdirSync(reports, { recursive: true });
      writeFileSync(join(reports, "rpt_left.pdf.part"), "half a file");

      const second = await serve(folder.path);
      const again = clientOf(second.url, client.token);
      for (const id of ids) {
        for (;;) {
          const { body } = await again.get(`/reports/sla/reports/${id}`);
          if (body.status === "completed") break;
          expect(["queued", "running"]).toContain(body.status);
          await Bun.sleep(20);
        }
      }
      const { body: list } = await again.get("/reports/sla/reports");
      expect(list.meta.total).toBe(ids.length);
      expect(readdirSync(reports)).toEqual([]);
      await second.stop();
      const check = await nines(folder.path, ["check", "--json"]);
      expect(JSON.parse(check.out)).toEqual({ ok: true, reports: ids.length, problems: [] });
    });

    test("makes the same report whatever the host's zone is, and refuses a wrong date by its flag", async () => {
      const schedule = scheduleOfAnOutage();
      const report = (from: string, environment: Record<string, string> = {}) => {
        const args = ["report", "--schedule", schedule, "--from", from, "--to", "2026-03-29"];
        return nines(folder.path, [...args, "--out", "r.json"], environment);
      };
      const figures = [];
      for (const TZ of isLong ? HOST_ZONES : HOST_ZONES.slice(0, 2)) {
        expect((await report("2026-03-28", { TZ })).code).toBe(0);
        const { period, summary } = await Bun.file(join(folder.path, "r.json")).json();
        figures.push(JSON.stringify({ period, summary }));
      }
      expect(new Set(figures).size).toBe(1);
      expect(figures[0]).toContain(
        '"starts_at":"2026-03-27T23:00:00.000Z","ends_at":"2026-03-29T22:00:00.000Z"',
      );
      const { code, err } = await report("2026-13-01");
      expect([code, err]).toEqual([
        1,
        "nines: --from must be a calendar date that exists, as YYYY-MM-DD, but is '2026-13-01'.\n",
      ]);
    });

    test("backs up while it runs, the copy is whole, and check notices a damaged file in it", async () => {
      const server = await serve(folder.path);
      const client = clientOf(server.url, await token());
      const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
      const report = await client.run(schedule.id, "2026-09-01", "2026-09-30");
      expect((await nines(folder.path, ["backup", "b.tar.gz"])).code).toBe(0);
      expect(await server.stop()).toBe(0);
      const restored = join(folder.path, "restored");
      mkdirSync(restored);
      expect(Bun.spawnSync(["tar", "-xzf", join(folder.path, "b.tar.gz"), "-C", restored]).exitCode).toBe(0);
      const whole = await nines(folder.path, ["check", "--data", restored, "--json"]);
      expect(JSON.parse(whole.out)).toEqual({ ok: true, reports: 1, problems: [] });

      const [year = "", month = ""] = report.created_at.split("-");
      const csv = join(restored, "reports", year, month, `${report.id}.csv`);
      writeFileSync(csv, "not what was published");
      const damaged = await nines(folder.path, ["check", "--data", restored]);
      expect(damaged.code).toBe(1);
      expect(damaged.out).toContain(`${report.id}.csv: damaged`);
    });

    test("demo ends with a report that verifies", async () => {
      const { out, code } = await nines(folder.path, ["demo", "--json"]);
      expect(code).toBe(0);
      const { files, report } = JSON.parse(out);
      expect(report.status).toBe("completed");
      expect((await nines(folder.path, ["verify", files.json])).code).toBe(0);
    });
  },
);
