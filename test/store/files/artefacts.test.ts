// The files of reports: whole or not there, and what a crash left is swept.
import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ARTEFACTS } from "../../../src/model/report.ts";
import {
  artefactPath,
  discardFiles,
  publishArtefacts,
  removeArtefacts,
  sha256,
  startArtefacts,
  sweepArtefacts,
} from "../../../src/store/files/artefacts.ts";
import { writeSynced } from "../../../src/store/files/beside.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEPT = { id: "rpt_kept", createdAtMs: Date.parse("2026-01-31T23:59:59.999Z") };
const LEFT = { id: "rpt_left", createdAtMs: Date.parse("2026-02-01T00:00:00Z") };
const bytes = (text: string) => new TextEncoder().encode(text);
const contents = { pdf: bytes("%PDF"), json: bytes("{}"), csv: bytes("a,b\r\n") };

/** Makes and publishes the files of a report. */
function publish(dataFolder: string, report: { id: string; createdAtMs: number }, given = contents) {
  const made = startArtefacts(dataFolder, report);
  for (const artefact of ARTEFACTS) made[artefact].write(given[artefact]);
  const facts = publishArtefacts(made);
  discardFiles(made);
  return facts;
}
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test("files lie by the year and month, in UTC, in which the report was asked for", () => {
  publish(folder, KEPT, contents);
  publish(folder, LEFT, contents);
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
  const facts = publish(folder, KEPT, contents);
  for (const artefact of ["pdf", "json", "csv"] as const) {
    const onDisk = readFileSync(artefactPath(folder, KEPT.id, KEPT.createdAtMs, artefact));
    expect(facts[artefact]).toEqual({ bytes: onDisk.byteLength, sha256: sha256(onDisk) });
    expect(onDisk).toEqual(Buffer.from(contents[artefact]));
  }
  expect(facts.json.sha256).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
});

test("nobody but the owner can read files and folders", () => {
  publish(folder, KEPT, contents);
  const path = artefactPath(folder, KEPT.id, KEPT.createdAtMs, "pdf");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

test("publishing again puts the new files in the place of the old", () => {
  publish(folder, KEPT, { ...contents, csv: bytes("a much longer file") });
  const facts = publish(folder, KEPT, contents);
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
  publish(folder, KEPT, contents);
  publish(folder, LEFT, contents);
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
  publish(folder, LEFT, contents);
  sweepArtefacts(folder, () => false);
  expect(files()).toEqual(["nines.sqlite"]);
});

test("a sweep goes through no link, be it the folder of reports itself", () => {
  const [outside, data] = [join(folder, "outside"), join(folder, "data")];
  publish(outside, LEFT, contents);
  const outsideNow = () => files().filter((file) => file.startsWith("outside/"));
  const before = outsideNow();
  mkdirSync(data);
  symlinkSync(join(outside, "reports"), join(data, "reports"));
  expect(sweepArtefacts(data, () => false)).toEqual([]);

  rmSync(join(data, "reports"));
  mkdirSync(join(data, "reports", "2026"), { recursive: true });
  symlinkSync(join(outside, "reports", "2026"), join(data, "reports", "2025"));
  symlinkSync(join(outside, "reports", "2026", "02"), join(data, "reports", "2026", "02"));
  expect(sweepArtefacts(data, () => false)).toEqual([]);
  expect(outsideNow()).toEqual(before);
});

test.each([
  ["month", "reports/2026/02"],
  ["year", "reports/2026"],
])("nothing is written or removed behind a link in the place of the folder of a %s", (_, linked) => {
  const [outside, data] = [join(folder, "outside"), join(folder, "data")];
  publish(outside, LEFT, contents);
  const outsideNow = () => files().filter((file) => file.startsWith("outside/"));
  const before = outsideNow();
  mkdirSync(dirname(join(data, linked)), { recursive: true });
  symlinkSync(join(outside, linked), join(data, linked));
  expect(() => publish(data, { ...LEFT, id: "rpt_new" }, contents)).toThrow("is a link");
  removeArtefacts(data, LEFT);
  expect(outsideNow()).toEqual(before);
});

test("files are written and removed where the folder of all reports is a link: it may have its own disk", () => {
  const data = join(folder, "data");
  const onDisk = () => files().filter((file) => file.startsWith("disk/"));
  mkdirSync(join(folder, "disk"));
  mkdirSync(data);
  symlinkSync(join(folder, "disk"), join(data, "reports"));
  publish(data, LEFT, contents);
  expect(onDisk()).toHaveLength(3);
  removeArtefacts(data, LEFT);
  expect(onDisk()).toEqual([]);
});

test("a sweep deletes only names of its own making, in folders of its own making", () => {
  const path = (name: string) => join(folder, "reports", name);
  publish(folder, LEFT, contents);
  const foreign = [
    "2026/02/notes.pdf",
    "2026/02/rpt_left.docx",
    "2026/02/a.part",
    "2026/x/rpt_left.pdf",
    "rpt_left.pdf",
  ];
  mkdirSync(path("2026/x"), { recursive: true });
  for (const name of foreign) writeFileSync(path(name), "not of Nines");
  symlinkSync(path("2026/02/notes.pdf"), path("2026/02/rpt_link.pdf"));
  expect(sweepArtefacts(folder, () => false)).toHaveLength(3);
  expect(files()).toEqual(foreign.map((name) => `reports/${name}`).sort());
  expect(lstatSync(path("2026/02/rpt_link.pdf")).isSymbolicLink()).toBe(true);
});

test("what lies under the temporary name is replaced, and a link there is not followed", () => {
  const [path, victim] = [join(folder, "file"), join(folder, "victim")];
  writeFileSync(victim, "precious");
  symlinkSync(victim, `${path}.part`);
  writeSynced(path, bytes("new"));
  expect([readFileSync(victim, "utf8"), readFileSync(path, "utf8")]).toEqual(["precious", "new"]);
  expect(lstatSync(path).isFile()).toBe(true);

  symlinkSync(join(folder, "nowhere"), `${path}.part`);
  writeSynced(path, bytes("newer"));
  writeFileSync(`${path}.part`, "left by a crash");
  writeSynced(path, bytes("newest"));
  expect(files()).toEqual(["file", "victim"]);
});

test("a link in the place of the file itself is replaced, not followed", () => {
  const [path, victim] = [join(folder, "file"), join(folder, "victim")];
  writeFileSync(victim, "precious");
  symlinkSync(victim, path);
  expect(readlinkSync(path)).toBe(victim);
  writeSynced(path, bytes("new"));
  expect([readFileSync(victim, "utf8"), readFileSync(path, "utf8")]).toEqual(["precious", "new"]);
});

test("removing a report's files leaves others, and may be done twice", () => {
  publish(folder, KEPT, contents);
  publish(folder, { ...KEPT, id: "rpt_other" }, contents);
  removeArtefacts(folder, KEPT);
  removeArtefacts(folder, KEPT);
  expect(files().map((file) => file.split("/").at(-1))).toEqual([
    "rpt_other.csv",
    "rpt_other.json",
    "rpt_other.pdf",
  ]);
});

test("what a report worked with is removed and swept under its temporary name, and is nobody's otherwise", () => {
  const start = () => {
    const made = startArtefacts(folder, LEFT);
    made.sites.write("{}");
    made.sites.flush();
  };
  start();
  expect(files().map((file) => file.split("/").at(-1))).toEqual([
    "rpt_left.csv.part",
    "rpt_left.digest.part",
    "rpt_left.json.part",
    "rpt_left.pdf.part",
    "rpt_left.sites.part",
  ]);
  removeArtefacts(folder, LEFT);
  expect(files()).toEqual([]);
  start();
  const foreign = join(folder, "reports", "2026", "02", "rpt_left.sites");
  writeFileSync(foreign, "not of Nines");
  expect(sweepArtefacts(folder, () => true)).toHaveLength(5);
  expect(files()).toEqual(["reports/2026/02/rpt_left.sites"]);
});
