// The files of reports: whole or not there, and what a crash left is swept.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  artefactPath,
  publishArtefacts,
  removeArtefacts,
  sha256,
  sweepArtefacts,
  writeSynced,
} from "../../../src/store/files/artefacts.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEPT = { id: "rpt_kept", createdAtMs: Date.parse("2026-01-31T23:59:59.999Z") };
const LEFT = { id: "rpt_left", createdAtMs: Date.parse("2026-02-01T00:00:00Z") };
const bytes = (text: string) => new TextEncoder().encode(text);
const contents = { pdf: bytes("%PDF"), json: bytes("{}"), csv: bytes("a,b\r\n") };
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test("files lie by the year and month, in UTC, in which the report was asked for", () => {
  publishArtefacts(folder, KEPT, contents);
  publishArtefacts(folder, LEFT, contents);
  expect(files()).toEqual([
    "reports/2026/01/rpt_kept.csv",
    "reports/2026/01/rpt_kept.json",
    "reports/2026/01/rpt_kept.pdf",
    "reports/2026/02/rpt_left.csv",
    "reports/2026/02/rpt_left.json",
    "reports/2026/02/rpt_left.pdf",
  ]);
});

test("publishing gives the size and hash of each file as it lies on the disk", () => {
  const facts = publishArtefacts(folder, KEPT, contents);
  for (const artefact of ["pdf", "json", "csv"] as const) {
    const onDisk = readFileSync(artefactPath(folder, KEPT.id, KEPT.createdAtMs, artefact));
    expect(facts[artefact]).toEqual({ bytes: onDisk.byteLength, sha256: sha256(onDisk) });
    expect(onDisk).toEqual(Buffer.from(contents[artefact]));
  }
  expect(facts.json.sha256).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
});

test("nobody but the owner can read files and folders", () => {
  publishArtefacts(folder, KEPT, contents);
  const path = artefactPath(folder, KEPT.id, KEPT.createdAtMs, "pdf");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

test("publishing again puts the new files in the place of the old", () => {
  publishArtefacts(folder, KEPT, { ...contents, csv: bytes("a much longer file") });
  const facts = publishArtefacts(folder, KEPT, contents);
  expect(facts.csv.bytes).toBe(5);
  expect(files()).toHaveLength(3);
});

test("a file that cannot be written leaves nothing behind", () => {
  const path = join(folder, "taken");
  mkdirSync(join(folder, "taken.part"));
  expect(() => writeSynced(path, bytes("x"))).toThrow("EISDIR");
  rmSync(join(folder, "taken.part"), { recursive: true });
  expect(files()).toEqual([]);
});

test("a sweep removes half-written files and those of reports nobody knows, and says which", () => {
  publishArtefacts(folder, KEPT, contents);
  publishArtefacts(folder, LEFT, contents);
  const half = `${artefactPath(folder, KEPT.id, KEPT.createdAtMs, "pdf")}.part`;
  writeFileSync(half, "%PD");
  const inodes = files().map((file) => statSync(join(folder, file)).ino);
  const removed = sweepArtefacts(folder, (id) => id === KEPT.id);
  expect(removed.map((path) => path.slice(folder.length + 1)).sort()).toEqual([
    "reports/2026/01/rpt_kept.pdf.part",
    "reports/2026/02/rpt_left.csv",
    "reports/2026/02/rpt_left.json",
    "reports/2026/02/rpt_left.pdf",
  ]);
  expect(files().map((file) => statSync(join(folder, file)).ino)).toEqual(
    inodes.filter((_, index) => [0, 1, 2].includes(index)),
  );
});

test("a sweep touches nothing outside the folder of reports, and needs none", () => {
  expect(sweepArtefacts(folder, () => false)).toEqual([]);
  writeFileSync(join(folder, "nines.sqlite"), "x");
  publishArtefacts(folder, LEFT, contents);
  sweepArtefacts(folder, () => false);
  expect(files()).toEqual(["nines.sqlite"]);
});

test("removing a report's files leaves others, and may be done twice", () => {
  publishArtefacts(folder, KEPT, contents);
  publishArtefacts(folder, { ...KEPT, id: "rpt_other" }, contents);
  removeArtefacts(folder, KEPT);
  removeArtefacts(folder, KEPT);
  expect(files().map((file) => file.split("/").at(-1))).toEqual([
    "rpt_other.csv",
    "rpt_other.json",
    "rpt_other.pdf",
  ]);
});
