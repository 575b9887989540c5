// The log of changes that a killed server leaves is damaged, cut, or another database's: the server does not start on
// what is left as if nothing had been, and `nines check --repair` goes on with what is whole.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binaryMissing, emptyFolder, nines, tokenOf } from "../support/binary.ts";
import { clientOf, type Json } from "../support/server.ts";
import { serve } from "./serving.ts";

const FAULTS = 12;
const PAGE_BYTES = 4096;

type Folder = ReturnType<typeof emptyFolder>;
type Left = { folder: Folder; token: string; ids: string[] };

let own: Left;
let other: Left;
let folder: Folder;

/** A server that acknowledged some faults, and was killed. */
async function killed(): Promise<Left> {
  const folder = emptyFolder();
  const server = await serve(folder.path);
  const token = await tokenOf(folder.path);
  const client = clientOf(server.url, token);
  const { body: site } = await client.post("/sites", { name: "Zürich" });
  const ids: string[] = [];
  for (let i = 0; i < FAULTS; i++) {
    const fault = { site_id: site.id, created_at: "2026-09-02T03:04:05Z", cause: `cause ${i}` };
    ids.push((await client.post("/fault", fault)).body.id);
  }
  await server.stop("SIGKILL");
  return { folder, token, ids };
}

const file = (end: string, { path }: Folder = folder) => join(path, "data", `nines.sqlite${end}`);
const sizeOf = (path: string) => statSync(path).size;

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Takes the other server's file in place of one's own. */
const swap = (...ends: string[]) => {
  for (const end of ends) cpSync(file(end, other.folder), file(end));
};

const COMMANDS = [["serve", "--port", "0"], ["check"], ["backup", "b.tar.gz"]];
/** What all of them say to any damage is tried with these; other damages are tried with one command each. */
const WITH_ALL = new Set(["has a wrong bit in its header", "is gone"]);
const DAMAGES: [string, () => void, string][] = [
  ["has a wrong bit in its header", () => flip(file("-wal"), 18), "is damaged"],
  ["has a wrong bit in the middle", () => flip(file("-wal"), sizeOf(file("-wal")) >> 1), "is damaged"],
  ["has a wrong bit at its end", () => flip(file("-wal"), sizeOf(file("-wal")) - 50), "lacks changes"],
  ["lost its end", () => truncateSync(file("-wal"), sizeOf(file("-wal")) - 3 * PAGE_BYTES), "lacks changes"],
  ["is empty", () => truncateSync(file("-wal"), 0), "lacks changes"],
  ["is gone", () => rmSync(file("-wal")), "lacks changes"],
  ["is another database's", () => swap("-wal", "-shm"), "for another database"],
  ["was left when another database was put in", () => swap(""), "for another database"],
];

describe.skipIf(binaryMissing !== null)(
  binaryMissing !== null ? "the log [needs dist/nines]" : "the log",
  () => {
    beforeAll(async () => {
      [own, other] = await Promise.all([killed(), killed()]);
    });
    afterAll(() => {
      for (const { folder } of [own, other]) folder.remove();
    });
    beforeEach(() => {
      folder = emptyFolder();
      cpSync(join(own.folder.path, "data"), join(folder.path, "data"), { recursive: true });
    });
    afterEach(() => folder.remove());

    const databaseFiles = () =>
      ["", "-wal"].map((end) => {
        const path = file(end);
        return statSync(path, { throwIfNoEntry: false }) ? Bun.hash(readFileSync(path)) : null;
      });

    test.each(DAMAGES)(
      "that %s stops the start with one line, and stays as it is",
      async (damage, hurt, words) => {
        hurt();
        const before = databaseFiles();
        const one = DAMAGES.findIndex(([name]) => name === damage) % COMMANDS.length;
        for (const args of WITH_ALL.has(damage) ? COMMANDS : COMMANDS.slice(one, one + 1)) {
          const { code, out, err } = await nines(folder.path, args, { NINES_LOG: "error" });
          expect({ code, out }).toEqual({ code: 1, out: "" });
          expect(err).toContain(words);
          expect(err.trimEnd()).not.toContain("\n");
        }
        expect(databaseFiles()).toEqual(before);
      },
    );

    test("is cut by a repair where it ceases to be whole; what lies before is there, and it is kept as it was", async () => {
      const damaged = sizeOf(file("-wal")) >> 1;
      flip(file("-wal"), damaged);
      const hurt = readFileSync(file("-wal"));
      const repair = JSON.parse((await nines(folder.path, ["check", "--repair", "--json"])).out) as Json;
      expect(repair).toMatchObject({ ok: true, log: { flaw: "damaged", kept: file("-wal.kept-1") } });
      expect(readFileSync(file("-wal.kept-1")).equals(hurt)).toBe(true);
      const server = await serve(folder.path);
      const client = clientOf(server.url, own.token);
      const statuses = [];
      for (const id of own.ids) statuses.push((await client.get(`/fault/${id}`)).status);
      expect(statuses).toEqual(statuses.toSorted());
      expect(new Set(statuses)).toEqual(new Set([200, 404]));
      expect(await server.stop()).toBe(0);
    });

    test("is not cut while a server has it in hand", async () => {
      const server = await serve(folder.path);
      const { code } = await nines(folder.path, ["check", "--repair"]);
      expect(code).toBe(0);
      const client = clientOf(server.url, own.token);
      for (const id of own.ids) expect((await client.get(`/fault/${id}`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
    });
  },
);
