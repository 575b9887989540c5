// The binary as a process: start, stop, crash, configuration.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
      const short = await nines(folder.path, ["serve"], { NINES_JWT_SECRET: "short" });
      expect(short.err).toBe("nines: NINES_JWT_SECRET must have at least 32 bytes, but has 5\n");
    });

    test("reads no .env and no bunfig.toml from the folder it is started in", async () => {
      writeFileSync(join(folder.path, ".env"), "NINES_PORT=eighty\n");
      writeFileSync(join(folder.path, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
      writeFileSync(join(folder.path, "evil.ts"), 'throw new Error("preloaded");\n');
      const server = await serve(folder.path);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
    });

    test("keeps the data folder and the secret for its owner only", async () => {
      const server = await serve(folder.path);
      await token();
      const data = join(folder.path, "data");
      expect(statSync(data).mode & 0o777).toBe(0o700);
      expect(statSync(join(data, "token-secret")).mode & 0o777).toBe(0o600);
      await server.stop();
    });

    test("refuses a data folder that another server holds, also right after a crash of that server", async () => {
      const first = await serve(folder.path);
      const second = await nines(folder.path, ["serve", "--port", "0"]);
      expect(second.code).toBe(1);
      expect(second.err).toStartWith("nines: another Nines server holds the data folder ");
      await first.stop("SIGKILL");
      const third = await serve(folder.path);
      expect(await third.stop("SIGINT")).toBe(0);
    });

    test("ends at once when its address is taken, and lets go of the data folder", async () => {
      const other = emptyFolder();
      const first = await serve(other.path);
      const port = new URL(first.url).port;
      const second = await nines(folder.path, ["serve", "--port", port]);
      expect(second.code).toBe(1);
      expect(second.err).toStartWith(
        `nines: cannot listen on 127.0.0.1, port ${port} (NINES_HOST, NINES_PORT): `,
      );
      await (await serve(folder.path)).stop();
      await first.stop();
      other.remove();
    });

    test("a setting that is none, an address that cannot be, and a wrong date are told by the names they were given by", async () => {
      const settings: [Record<string, string>, string][] = [
        [{ NINES_PROT: "1" }, "nines: NINES_PROT is no setting of Nines; did you mean NINES_PORT?\n"],
        [{ NINES_HOST: "300.1.1.1" }, "nines: NINES_HOST must be an address such as "],
      ];
      for (const [environment, line] of settings) {
        const { code, err } = await nines(folder.path, ["serve", "--port", "0"], environment);
        expect(code).toBe(1);
        expect(err).toStartWith(line);
        expect(err.trim().split("\n")).toHaveLength(1);
      }
      const first = await serve(folder.path);
      const client = clientOf(first.url, await token());
      const { id } = (await client.post("/reports/sla/schedules", aSchedule())).body;
      await first.stop();
      const command = ["report", "--schedule", id, "--out", "r.pdf"];
      const { code, err } = await nines(folder.path, [
        ...command,
        "--from",
        "2026-13-01",
        "--to",
        "2026-01-31",
      ]);
      expect([code, err]).toEqual([
        1,
        "nines: --from must be a calendar date that exists, as YYYY-MM-DD, but is '2026-13-01'.\n",
      ]);
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

    test("makes the same report whatever the host's zone is", async () => {
      const server = await serve(folder.path, { TZ: "Pacific/Apia" });
      const client = clientOf(server.url, await token());
      const { body: site } = await client.post("/sites", { name: "A" });
      await client.post("/fault", {
        site_id: site.id,
        created_at: "2026-03-28T22:00:00Z",
        resolved_at: "2026-03-29T03:00:00Z",
      });
      const { body: schedule } = await client.post(
        "/reports/sla/schedules",
        aSchedule({ timezone: "Europe/Zurich" }),
      );
      await server.stop();
      const figures = [];
      for (const TZ of isLong ? HOST_ZONES : HOST_ZONES.slice(0, 2)) {
        const args = [
          "report",
          "--schedule",
          schedule.id,
          "--from",
          "2026-03-28",
          "--to",
          "2026-03-29",
          "--out",
          "r.json",
        ];
        expect((await nines(folder.path, args, { TZ })).code).toBe(0);
        const { period, summary } = await Bun.file(join(folder.path, "r.json")).json();
        figures.push(JSON.stringify({ period, summary }));
      }
      expect(new Set(figures).size).toBe(1);
      expect(figures[0]).toContain(
        '"starts_at":"2026-03-27T23:00:00.000Z","ends_at":"2026-03-29T22:00:00.000Z"',
      );
    });

    test("backs up while it runs, and the copy is whole", async () => {
      const server = await serve(folder.path);
      const client = clientOf(server.url, await token());
      const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
      await client.run(schedule.id, "2026-09-01", "2026-09-30");
      expect((await nines(folder.path, ["backup", "b.tar.gz"])).code).toBe(0);
      await server.stop();
      const restored = join(folder.path, "restored");
      mkdirSync(restored);
      expect(Bun.spawnSync(["tar", "-xzf", join(folder.path, "b.tar.gz"), "-C", restored]).exitCode).toBe(0);
      const check = await nines(folder.path, ["check", "--data", restored, "--json"]);
      expect(JSON.parse(check.out)).toEqual({ ok: true, reports: 1, problems: [] });
    });

    test("check notices a damaged file", async () => {
      const server = await serve(folder.path);
      const client = clientOf(server.url, await token());
      const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
      const report = await client.run(schedule.id, "2026-09-01", "2026-09-30");
      await server.stop();
      const [year = "", month = ""] = report.created_at.split("-");
      writeFileSync(
        join(folder.path, "data", "reports", year, month, `${report.id}.csv`),
        "not what was published",
      );
      const check = await nines(folder.path, ["check"]);
      expect(check.code).toBe(1);
      expect(check.out).toContain(`${report.id}.csv: damaged`);
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
