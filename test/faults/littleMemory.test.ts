// A process that may use little address space (`ulimit -v`): what it acknowledged is there, also when the runtime ends
// itself in the middle of a report, and the report is made by the next start.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { BINARY, binaryMissing, emptyFolder, nines, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { tell } from "../support/figures.ts";
import { aSchedule, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

/** Megabytes. Below some 390 the runtime does not start at all, and in between it ends itself where it finds no room. */
const LIMITS = isLong ? [400, 450, 600, 800, 1000, 1500, 3000, 8000] : [600];
const ROWS = isLong ? 150_000 : 8000;

let folder: ReturnType<typeof emptyFolder>;
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => folder.remove());

/** The program with so much address space. Its address is null when it ended before it listened. */
async function limited(megabytes: number) {
  const command = `ulimit -c 0; ulimit -v ${megabytes * 1024}; exec "${BINARY}" serve --port 0`;
  const child = Bun.spawn(["sh", "-c", command], {
    cwd: folder.path,
    env: { PATH: process.env["PATH"] ?? "", NINES_LOG: "silent", NINES_RATE_LIMIT: "0" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { value } = await child.stdout.getReader().read();
  const url = /http:\/\/\S+/.exec(new TextDecoder().decode(value))?.[0] ?? null;
  return { child, url };
}

function rowsOf(site: string): string {
  const rows = Array.from({ length: ROWS }, (_, i) => {
    const startMs = Date.UTC(2026, 8, 1) + ((i * 100_000) % (29 * 86_400_000));
    const [from, to] = [startMs, startMs + 60_000].map((ms) => new Date(ms).toISOString());
    return `${site},e${i},${from},${to},cause ${i % 50}`;
  });
  return `site_id,external_id,started_at,resolved_at,cause\n${rows.join("\n")}\n`;
}

/** Imports, asks for a report, and waits until that ended or the server did. Gives what was acknowledged. */
async function work(url: string, token: string) {
  const client = clientOf(url, token);
  const done = { rows: 0, report: null as string | null, status: "" };
  try {
    const { body: site } = await client.post("/sites", { name: "Bern" });
    const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
    const imported = await client.send("POST", "/fault/import", rowsOf(site.id), "text/csv");
    if (imported.status === 200) done.rows = imported.body.created;
    const range = { from_date: "2026-09-01", to_date: "2026-09-30" };
    const run = await client.post(`/reports/sla/schedules/${schedule.id}/run`, range);
    if (run.status === 202) done.report = run.body.report_id;
    while (done.report !== null && !/completed|failed/.test(done.status)) {
      await Bun.sleep(50);
      done.status = (await client.get(`/reports/sla/reports/${done.report}`)).body.status;
    }
  } catch {
    done.status = `${done.status}, ended`;
  }
  return done;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "little address space [needs dist/nines]" : "little address space",
  () => {
    test.each(LIMITS)("%d MB lose nothing that was acknowledged, and harm no report", async (megabytes) => {
      const token = await tokenOf(folder.path);
      const { child, url } = await limited(megabytes);
      const done = url === null ? null : await work(url, token);
      child.kill("SIGTERM");
      await child.exited;
      const ended = child.signalCode ?? child.exitCode;
      const server = await serve(folder.path);
      const client = clientOf(server.url, token);
      let made = "";
      while (done?.report && !/completed|failed/.test(made)) {
        made = (await client.get(`/reports/sla/reports/${done.report}`)).body.status;
        await Bun.sleep(50);
      }
      expect(await server.stop()).toBe(0);
      tell("little address space", { megabytes, isStarted: url !== null, ended, ...done, afterwards: made });
      const db = new Database(join(folder.path, "data", "nines.sqlite"), { readonly: true });
      const { n } = db.query("SELECT count(*) AS n FROM faults").get() as { n: number };
      db.close();
      expect(n).toBeGreaterThanOrEqual(done?.rows ?? 0);
      // A failure that was told stays one: the runtime had no room for the report's thread.
      if (done?.report) expect(made).toBe(done.status === "failed" ? "failed" : "completed");
      expect((await nines(folder.path, ["check"])).code).toBe(0);
    });
  },
);
