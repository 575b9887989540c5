// A disk that takes nothing more: requests get a clear answer, nothing acknowledged is lost, reading goes on, and
// everything that waits is done once there is space again.
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { binaryMissing, emptyFolder, nines, type Running, tokenOf } from "../support/binary.ts";
import { isLong } from "../support/chance.ts";
import { type Answer, aSchedule, type Client, clientOf, errorOf } from "../support/server.ts";
import { serve } from "./serving.ts";

// With `bun test` alone a test may take five seconds, which a program on a busy machine may need to start twice.
setDefaultTimeout(60_000);

const SIZE = "16m";
const MOST_FAULTS = 3000;
const OCTOBER = { from_date: "2026-10-01", to_date: "2026-10-31" };

let folder: ReturnType<typeof emptyFolder>;
let server: Running;
let client: Client;
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(async () => {
  await server.stop("SIGKILL");
  unmount();
  folder.remove();
});

const data = () => join(folder.path, "data");
const run = (...command: string[]) =>
  Bun.spawnSync(command, { stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
const mount = (): boolean => {
  mkdirSync(data(), { mode: 0o700 });
  return run("mount", "-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "tmpfs", data());
};
const unmount = () => run("umount", "-l", data());

const filler = () => join(data(), ".filler");
/** Takes all space but so many bytes. */
function fillUp(leftBytes: number): void {
  const chunk = new Uint8Array(4096);
  try {
    for (let i = 0; i < 10_000; i++) writeFileSync(filler(), chunk, { flag: "a" });
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  }
  Bun.spawnSync(["truncate", "-s", `-${leftBytes}`, filler()]);
}

/** From now on no file of the server may grow beyond the size of the largest one. */
function stopGrowing(): void {
  const largest = Math.max(...readdirSync(data()).map((name) => statSync(join(data(), name)).size));
  expect(run("prlimit", "--pid", String(server.process.pid), `--fsize=${largest}:unlimited`)).toBe(true);
}
const growAgain = () =>
  expect(run("prlimit", "--pid", String(server.process.pid), "--fsize=unlimited:unlimited")).toBe(true);

/** What a server that made a report left: made once, every test goes on with a copy of its own. */
let prepared: ReturnType<typeof emptyFolder>;
let made: { site: string; schedule: string; report: string };
beforeAll(async () => {
  prepared = emptyFolder();
  if (binaryMissing) return;
  const maker = await serve(prepared.path);
  const its = clientOf(maker.url, await tokenOf(prepared.path));
  const { body: site } = await its.post("/sites", { name: "Bern" });
  const { body: schedule } = await its.post("/reports/sla/schedules", aSchedule());
  const report = await its.run(schedule.id, "2026-09-01", "2026-09-30");
  made = { site: site.id, schedule: schedule.id, report: report.id };
  await maker.stop();
});
afterAll(() => prepared.remove());

async function start(log = "silent"): Promise<typeof made> {
  cpSync(join(prepared.path, "data"), data(), { recursive: true });
  server = await serve(folder.path, { NINES_LOG: log });
  client = clientOf(server.url, await tokenOf(folder.path));
  return made;
}

/** Adds faults until one is refused. Gives those acknowledged, and the refusal. */
async function untilRefused(site: string): Promise<{ acknowledged: string[]; refusal: Answer }> {
  const acknowledged: string[] = [];
  for (let i = 0; i < MOST_FAULTS; i++) {
    const message = "x".repeat(2000);
    const fault = { site_id: site, created_at: "2026-10-02T00:00:00Z", cause: `cause ${i}`, message };
    const answer = await client.post("/fault", fault);
    if (answer.status !== 201) return { acknowledged, refusal: answer };
    acknowledged.push(answer.body.id);
  }
  throw new Error("the disk is never full");
}

/** What must hold while nothing can be written, and after it can be again. */
async function survive(made: Awaited<ReturnType<typeof start>>, makeSpace: () => void): Promise<void> {
  const { acknowledged, refusal } = await untilRefused(made.site);
  expect([refusal.status, errorOf(refusal).code]).toEqual([503, "storage_unavailable"]);
  expect(Number(refusal.headers.get("retry-after"))).toBeGreaterThan(0);
  const refused = await client.send("POST", "/fault/import", `{"site_id": "${made.site}"}`, "text/csv");
  expect([200, 400, 503]).toContain(refused.status);

  const pdf = await fetch(`${server.url}/reports/sla/reports/${made.report}/pdf`, {
    headers: { Authorization: `Bearer ${client.token}` },
  });
  const hash = createHash("sha256")
    .update(new Uint8Array(await pdf.arrayBuffer()))
    .digest("hex");
  expect([pdf.status, pdf.headers.get("etag")]).toEqual([200, `"${hash}"`]);
  for (const path of ["/healthz", "/readyz", "/fault", "/uptime?from=2026-10-01&to=2026-10-31"])
    expect((await client.get(path)).status).toBe(200);

  makeSpace();
  expect((await client.post("/sites", { name: "Basel" })).status).toBe(201);
  for (const id of acknowledged) expect((await client.get(`/fault/${id}`)).status).toBe(200);
}

/** What the rows of a run take of the log, at most. */
const ROWS_OF_A_RUN = 120_000;

async function manyFaults(site: string): Promise<void> {
  const rows = Array.from({ length: 150 }, (_, i) => {
    const startMs = Date.UTC(2026, 9, 1) + i * 4 * 3_600_000;
    const [from, to] = [startMs, startMs + 600_000 + i].map((ms) => new Date(ms).toISOString());
    return `${site},${site}-${i},${from},${to},cause ${i}`;
  });
  const csv = `site_id,external_id,started_at,resolved_at,cause\n${rows.join("\n")}\n`;
  expect((await client.send("POST", "/fault/import", csv, "text/csv")).status).toBe(200);
}

/** Where a file of a report that was asked for now lies. */
function reportFile(id: string, artefact: string): string {
  const [year = "", month = ""] = new Date().toISOString().split("-");
  return join(data(), "reports", year, month, `${id}.${artefact}`);
}

async function expectCompleted(id: string): Promise<void> {
  const endMs = Date.now() + 30_000;
  let status = "";
  while (status !== "completed" && Date.now() < endMs) {
    status = (await client.get(`/reports/sla/reports/${id}`)).body.status;
    expect(status).not.toBe("failed");
    await Bun.sleep(20);
  }
  expect(status).toBe("completed");
}

const canMount = ((): boolean => {
  folder = emptyFolder();
  const isMounted = mount();
  unmount();
  folder.remove();
  return isMounted;
})();
const needs = binaryMissing === null ? "" : " [needs dist/nines]";

describe.skipIf(needs !== "" || !canMount)(
  `a full disk${needs || (canMount ? "" : " [needs root, to mount one]")}`,
  () => {
    test("refuses what it cannot store, and recovers by itself", async () => {
      expect(mount()).toBe(true);
      const made = await start();
      fillUp(120_000);
      await survive(made, () => rmSync(filler()));
      const { body } = await client.post(`/reports/sla/schedules/${made.schedule}/run`, OCTOBER);
      await expectCompleted(body.report_id);
      expect(await server.stop()).toBe(0);
      const check = await nines(folder.path, ["check", "--json"]);
      expect(JSON.parse(check.out)).toMatchObject({ ok: true, reports: 2 });
    });

    test("keeps accepted reports waiting, without giving them up, and finishes them when there is space", async () => {
      expect(mount()).toBe(true);
      const made = await start();
      // Enough for the rows of a run, not for the files of a report.
      fillUp(60_000);
      const accepted = await client.post(`/reports/sla/schedules/${made.schedule}/run`, OCTOBER);
      expect(accepted.status).toBe(202);
      fillUp(0);
      await Bun.sleep(isLong ? 30_000 : 1200);
      const { body } = await client.get(`/reports/sla/reports/${accepted.body.report_id}`);
      expect(["queued", "running"]).toContain(body.status);
      rmSync(filler());
      await expectCompleted(accepted.body.report_id);
      expect(
        readdirSync(data(), { recursive: true }).filter((name) => String(name).endsWith(".part")),
      ).toEqual([]);
    });

    test("that fills while a PDF is written leaves no half file: the report waits, and is made when there is space", async () => {
      expect(mount()).toBe(true);
      const made = await start("warn");
      for (let i = 0; i < 30; i++)
        await manyFaults((await client.post("/sites", { name: `Site ${i}` })).body.id);
      const first = await client.run(made.schedule, "2026-10-01", "2026-10-31");
      const pdfBytes = statSync(reportFile(first.id, "pdf")).size;
      expect(pdfBytes).toBeGreaterThan(2 * ROWS_OF_A_RUN);
      // The rows of a run fit, and the beginning of its PDF.
      fillUp(Math.floor(ROWS_OF_A_RUN + pdfBytes / 2));
      const { body } = await client.post(`/reports/sla/schedules/${made.schedule}/run`, OCTOBER);
      const id = body.report_id as string;
      await Bun.sleep(isLong ? 30_000 : 3000);
      expect(["queued", "running"]).toContain((await client.get(`/reports/sla/reports/${id}`)).body.status);
      expect((await client.get(`/reports/sla/reports/${id}/pdf`)).status).toBeGreaterThanOrEqual(400);
      expect(readdirSync(dirname(reportFile(id, "pdf"))).filter((name) => name.startsWith(id))).toEqual([]);
      rmSync(filler());
      await expectCompleted(id);
      expect(await server.stop()).toBe(0);
      expect(await new Response(server.process.stderr).text()).toContain("ENOSPC");
      expect(JSON.parse((await nines(folder.path, ["check", "--json"])).out)).toMatchObject({ ok: true });
    });

    test("stops the start with one clear line", async () => {
      expect(mount()).toBe(true);
      const made = await start();
      await server.stop();
      fillUp(0);
      const { code, err } = await nines(folder.path, ["serve", "--port", "0"], { NINES_LOG: "error" });
      expect([code, err.trimEnd().split("\n").length]).toEqual([1, 1]);
      rmSync(filler());
      server = await serve(folder.path);
      client = clientOf(server.url, client.token);
      expect((await client.get(`/reports/sla/reports/${made.report}`)).body.status).toBe("completed");
    });
  },
);

describe.skipIf(needs !== "" || !run("prlimit", "--version"))(
  `files that cannot grow${needs || (run("prlimit", "--version") ? "" : " [needs prlimit]")}`,
  () => {
    test("are a store that cannot take this now; it goes on when they can", async () => {
      const made = await start();
      stopGrowing();
      await survive(made, growAgain);
      expect(await server.stop()).toBe(0);
      expect((await nines(folder.path, ["check"])).code).toBe(0);
    });
  },
);
