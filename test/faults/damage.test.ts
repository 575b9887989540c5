// Damaged files: noticed, never served, never overwritten, and rebuilt where the report's document is whole.
import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { SetupError } from "../../src/model/setupError.ts";
import { SCHEMA_VERSION } from "../../src/store/database/migrations.ts";
import { binaryMissing, emptyFolder, nines, tokenOf } from "../support/binary.ts";
import { aSchedule, clientOf, errorOf, type Json, startTestServer } from "../support/server.ts";
import { serve } from "./serving.ts";

type Folder = ReturnType<typeof emptyFolder>;
type Made = { folder: Folder; token: string; report: Json };

let folder: Folder;
let token: string;
/** A folder with a report, made once for each way to end the server; every test damages a copy of its own. */
const made = new Map<NodeJS.Signals, Promise<Made>>();
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => folder.remove());
afterAll(async () => {
  for (const each of made.values()) (await each).folder.remove();
});

const database = () => join(folder.path, "data", "nines.sqlite");

/** A server that made a report of one outage and was stopped. */
async function makeReport(signal: NodeJS.Signals): Promise<Made> {
  const folder = emptyFolder();
  const server = await serve(folder.path);
  const token = await tokenOf(folder.path);
  const client = clientOf(server.url, token);
  const { body: site } = await client.post("/sites", { name: "Zürich" });
  await client.post("/fault", {
    site_id: site.id,
    created_at: "2026-09-02T03:04:05.678Z",
    resolved_at: "2026-09-02T04:00:00Z",
    cause: "fiber cut",
  });
  const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
  const report = await client.run(schedule.id, "2026-09-01", "2026-09-30");
  await server.stop(signal);
  return { folder, token, report };
}

/** What such a server left behind. Gives the report's files. */
async function aReport(signal: NodeJS.Signals = "SIGTERM") {
  const making = made.get(signal) ?? makeReport(signal);
  made.set(signal, making);
  const { report, ...rest } = await making;
  token = rest.token;
  cpSync(join(rest.folder.path, "data"), join(folder.path, "data"), { recursive: true });
  const [year = "", month = ""] = report.created_at.split("-");
  const path = (artefact: string) =>
    join(folder.path, "data", "reports", year, month, `${report.id}.${artefact}`);
  return { report, path };
}

/** The database's files with their content: the log of changes is part of it, its index is not. */
const databaseFiles = () =>
  readdirSync(join(folder.path, "data"))
    .filter((name) => /^nines\.sqlite(-wal|\.before.*)?$/.test(name))
    .map((name) => [name, Bun.hash(readFileSync(join(folder.path, "data", name)))]);

/** What the program says, in one line, when it does not start. */
async function refusedByProgram(): Promise<string> {
  const { code, out, err } = await nines(folder.path, ["serve", "--port", "0"], { NINES_LOG: "error" });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  return err.trimEnd();
}

/** The same without a process for it: the program prints the message of a SetupError, and nothing else. */
async function refusedHere(): Promise<string> {
  const start = startTestServer({ dataFolder: join(folder.path, "data") });
  const refusal = await start.then(
    (server) => server.app.stop().then(() => null),
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(SetupError);
  return (refusal as SetupError).message;
}

async function refusedStart(start = refusedHere): Promise<string> {
  const before = databaseFiles();
  const line = await start();
  expect(line).not.toContain("\n");
  expect(databaseFiles()).toEqual(before);
  return line;
}

const DAMAGES: [string, () => void][] = [
  ["is no database", () => writeFileSync(database(), "no database, by any means. ".repeat(1000))],
  ["lost its end", () => truncateSync(database(), 40_960)],
  [
    "lost its first page",
    () => {
      const bytes = readFileSync(database());
      writeFileSync(database(), bytes.fill(0, 0, 4096));
    },
  ],
  [
    "has a damaged schema",
    () => {
      const bytes = readFileSync(database());
      writeFileSync(database(), bytes.fill(0xff, 100, 4096));
    },
  ],
];

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "damage [needs dist/nines]" : "damage",
  () => {
    test("files of a report are refused while they are damaged, and rebuilt to the byte", async () => {
      const { report, path } = await aReport();
      const original = readFileSync(path("pdf"));
      const flipped = new Uint8Array(original);
      flipped[1000] = (flipped[1000] ?? 0) ^ 1;
      writeFileSync(path("pdf"), flipped);
      rmSync(path("csv"));

      const server = await serve(folder.path);
      const client = clientOf(server.url, token);
      for (const artefact of ["pdf", "csv"]) {
        const answer = await client.get(`/reports/sla/reports/${report.id}/${artefact}`);
        expect([answer.status, errorOf(answer).code]).toEqual([500, "artefact_damaged"]);
      }
      const repair = await nines(folder.path, ["check", "--repair", "--json"]);
      expect(JSON.parse(repair.out)).toEqual({ ok: true, reports: 1, problems: [], repaired: 2 });
      expect(readFileSync(path("pdf")).equals(original)).toBe(true);
      for (const artefact of ["pdf", "csv"])
        expect((await client.get(`/reports/sla/reports/${report.id}/${artefact}`)).status).toBe(200);
      await server.stop();
    });

    test("what cannot be rebuilt to the same bytes stays as it is, and is told of", async () => {
      const { path } = await aReport();
      truncateSync(path("pdf"), 100);
      const other = await nines(folder.path, ["check", "--repair"], { NINES_BRAND_COLOR: "#ff0000" });
      expect(other.code).toBe(1);
      expect(other.out).toContain("cannot be rebuilt here to the same bytes");
      expect(readFileSync(path("pdf"))).toHaveLength(100);
      writeFileSync(path("json"), "{}");
      expect((await nines(folder.path, ["check", "--repair"])).out).toContain("2 problems");
      expect(readFileSync(path("json"), "utf8")).toBe("{}");
    });

    test.each(DAMAGES)(
      "a database that %s stops the start with one line, and stays as it is",
      async (_, damage) => {
        await aReport();
        damage();
        for (const start of damage === DAMAGES[0]?.[1] ? [refusedByProgram, refusedHere] : [refusedHere])
          expect(await refusedStart(start)).toContain("is damaged");
        expect(existsSync(`${database()}-wal`)).toBe(false);
      },
    );

    test.each(["SIGTERM", "SIGKILL"] as const)(
      "a database of a newer Nines that was ended by %s stops the start with one line, and stays as it is",
      async (signal) => {
        await aReport(signal);
        const db = new Database(database());
        db.run(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
        if (signal === "SIGKILL") {
          // What was written last is still in the log, as after a crash.
          for (const end of ["", "-wal"])
            writeFileSync(`${database()}${end}.kept`, readFileSync(`${database()}${end}`));
        }
        db.close();
        if (signal === "SIGKILL")
          for (const end of ["", "-wal"]) renameSync(`${database()}${end}.kept`, `${database()}${end}`);
        expect(await refusedStart()).toContain(`has schema version ${SCHEMA_VERSION + 1}`);
      },
    );

    test("a database that is gone is not replaced by an empty one while its reports are there", async () => {
      const { path } = await aReport();
      renameSync(database(), `${database()}.away`);
      expect(await refusedStart()).toContain("there is no database at");
      expect(existsSync(path("pdf"))).toBe(true);
      renameSync(`${database()}.away`, database());
      const server = await serve(folder.path);
      await server.stop();
      expect((await nines(folder.path, ["check"])).code).toBe(0);
    });
  },
);
