// Kills of what tidies up: `nines check --repair`, and the sweep at a start. Done again, they end as if never killed.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { BINARY, binaryMissing, emptyFolder, nines, tokenOf } from "../support/binary.ts";
import { type Chance, chanceOf, isLong, SEED } from "../support/chance.ts";
import { aSchedule, clientOf } from "../support/server.ts";
import { serve } from "./serving.ts";

const KILLS = isLong ? 150 : 3;
const REPORTS = 6;
const LEFTOVERS = isLong ? 1000 : 500;

let folder: ReturnType<typeof emptyFolder>;
let chance: Chance;
beforeEach(() => {
  folder = emptyFolder();
  chance = chanceOf(SEED);
});
afterEach(() => folder.remove());

const data = () => join(folder.path, "data");
const reports = () => join(data(), "reports");
const filesOf = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
const contents = (paths: string[]) => paths.map((path) => [path, Bun.hash(readFileSync(path))]);

/** Reports of a server that was stopped: made once, every test tidies a copy of its own. */
let made: ReturnType<typeof emptyFolder>;
beforeAll(async () => {
  made = emptyFolder();
  if (binaryMissing) return;
  const server = await serve(made.path);
  const client = clientOf(server.url, await tokenOf(made.path));
  await client.post("/sites", { name: "Bern" });
  const { body } = await client.post("/reports/sla/schedules", aSchedule());
  for (let day = 1; day <= REPORTS; day++) await client.run(body.id, `2026-09-0${day}`, "2026-09-30");
  expect(await server.stop()).toBe(0);
});
afterAll(() => made.remove());

/** Gives their files. */
function someReports(): string[] {
  cpSync(join(made.path, "data"), data(), { recursive: true });
  const files = filesOf(reports());
  expect(files).toHaveLength(3 * REPORTS);
  return files;
}

/** Runs the program and kills it at a moment of the first so many milliseconds. */
async function killedRun(args: string[], withinMs: number): Promise<void> {
  const child = Bun.spawn([BINARY, ...args], { cwd: folder.path, stdio: ["ignore", "ignore", "ignore"] });
  await Bun.sleep(chance.whole(withinMs));
  child.kill("SIGKILL");
  await child.exited;
}

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "killed while tidying [needs dist/nines]" : "killed while tidying",
  () => {
    test(`a repair that was killed ${KILLS} times never leaves a wrong file, and the next one ends it`, async () => {
      const files = someReports();
      const whole = contents(files);
      const hurt = files.filter((file) => !file.endsWith(".json"));
      for (const file of hurt) truncateSync(file, 10);
      for (let i = 0; i < KILLS; i++) {
        await killedRun(["check", "--repair"], 900);
        for (const file of hurt) {
          const bytes = readFileSync(file);
          if (bytes.byteLength !== 10) expect(whole).toContainEqual([file, Bun.hash(bytes)]);
        }
        if (i % 3 === 2) for (const file of hurt) truncateSync(file, 10);
      }
      const repair = await nines(folder.path, ["check", "--repair", "--json"]);
      expect(JSON.parse(repair.out)).toMatchObject({ ok: true, reports: REPORTS, problems: [] });
      expect(contents(files)).toEqual(whole);
      const server = await serve(folder.path);
      expect(await server.stop()).toBe(0);
      expect(filesOf(reports())).toEqual(files);
    });

    test(`a repair of the log that was killed ${KILLS} times leaves it refused, or cut`, async () => {
      someReports();
      const server = await serve(folder.path);
      const client = clientOf(server.url, await tokenOf(folder.path));
      for (let i = 0; i < 20; i++) await client.post("/sites", { name: `Site ${i}` });
      await server.stop("SIGKILL");
      const log = join(data(), "nines.sqlite-wal");
      const bytes = readFileSync(log);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(log, bytes);
      for (let i = 0; i < KILLS; i++) {
        await killedRun(["check", "--repair"], 250);
        // Either nothing was done, and all is there; or it was, and what it was is kept.
        const isWhole = existsSync(log) && readFileSync(log).equals(bytes);
        const kept = readdirSync(data()).filter((name) => name.includes("-wal.kept-"));
        const isKept = kept.some((name) => readFileSync(join(data(), name)).equals(bytes));
        expect(isWhole || isKept).toBe(true);
      }
      expect((await nines(folder.path, ["check", "--repair"])).code).toBe(0);
      const again = await serve(folder.path);
      expect(await again.stop()).toBe(0);
    });

    test(`a sweep that was killed ${KILLS} times takes nothing that is kept, and the next one takes all else`, async () => {
      const files = someReports();
      const whole = contents(files);
      const old = join(reports(), "2020", "01");
      for (let i = 0; i < KILLS; i++) {
        mkdirSync(old, { recursive: true });
        const name = (n: number) => `rpt_${String(n).padStart(27, "0")}.${n % 2 ? "pdf.part" : "pdf"}`;
        for (let n = 0; n < LEFTOVERS; n++) writeFileSync(join(old, name(n)), "");
        await killedRun(["serve", "--port", "0"], 400);
        expect(contents(files)).toEqual(whole);
      }
      cpSync(files[0] as string, `${files[0]}.part`);
      const server = await serve(folder.path);
      expect(await server.stop()).toBe(0);
      expect(contents(filesOf(reports()))).toEqual(whole);
    });
  },
);
