// The write-ahead log beside a database: a bit that is wrong, an end that is missing, another database's log. SQLite
// itself says nothing of any of them.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyDatabase, emptyLog } from "../../../src/store/database/integrity.ts";
import { logFlawOf, mendLog } from "../../../src/store/database/logFlaw.ts";
import { openDatabase } from "../../../src/store/database/open.ts";
import { chanceOf, isLong, SEED } from "../../support/chance.ts";

const FLIPS = isLong ? 5000 : 80;
const FRAME_BYTES = 4096 + 24;

let folder: string;
const opened: Database[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nines-log-"));
});
afterEach(() => {
  for (const db of opened.splice(0)) db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A database in a folder of its own with so many changes, one a transaction; it stays open. */
function aDatabase(name: string, changes: number): { path: string; db: Database; write: () => void } {
  mkdirSync(join(folder, name));
  const path = join(folder, name, "nines.sqlite");
  const db = openDatabase(path);
  opened.push(db);
  const write = () => db.run("INSERT INTO causes (text) VALUES (?)", [`cause ${crypto.randomUUID()}`]);
  for (let i = 0; i < changes; i++) write();
  return { path, db, write };
}

/** Its files as a process that is killed now would leave them. */
function asLeft({ path }: { path: string }): string {
  const left = join(mkdtempSync(join(folder, "left-")), "nines.sqlite");
  for (const end of ["", "-wal", "-shm"]) if (existsSync(path + end)) cpSync(path + end, left + end);
  return left;
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 4;
  writeFileSync(path, bytes);
}

/** What SQLite makes of it. */
function changesIn(path: string): number {
  const db = new Database(path);
  try {
    return (db.query("SELECT count(*) AS n FROM causes").get() as { n: number }).n;
  } finally {
    db.close();
  }
}

const bytesOf = (path: string) => statSync(path).size;

describe("nothing is wrong with what a killed process leaves", () => {
  test("at any moment, also after the log began anew many times", () => {
    const { db, path, write } = aDatabase("own", 0);
    db.run("PRAGMA wal_autocheckpoint = 7");
    for (let i = 1; i <= 120; i++) {
      write();
      if (i % 40 === 0) emptyLog(db);
      expect([i, logFlawOf(path)]).toEqual([i, null]);
      if (i % 10 === 0) expect(changesIn(asLeft({ path }))).toBe(i);
    }
  });

  test("in the middle of a transaction, of which a part is in the log", () => {
    const own = aDatabase("own", 5);
    own.db.run("PRAGMA cache_size = 1");
    own.db.run("BEGIN");
    for (let i = 0; i < 2000; i++) own.write();
    const left = asLeft(own);
    expect(bytesOf(`${left}-wal`)).toBeGreaterThan(20 * FRAME_BYTES);
    expect([logFlawOf(left), changesIn(left)]).toEqual([null, 5]);
  });

  test("when the end of the log is torn, as a loss of power leaves it, and the index was not written", () => {
    const left = asLeft(aDatabase("own", 5));
    rmSync(`${left}-shm`);
    flip(`${left}-wal`, bytesOf(`${left}-wal`) - 100);
    expect([logFlawOf(left), changesIn(left)]).toEqual([null, 4]);
  });

  test("when the index on the disk is of an earlier log", () => {
    const own = aDatabase("own", 5);
    const early = readFileSync(`${own.path}-shm`);
    emptyLog(own.db);
    own.write();
    const left = asLeft(own);
    writeFileSync(`${left}-shm`, early);
    expect([logFlawOf(left), changesIn(left)]).toEqual([null, 6]);
  });
});

test(`of ${FLIPS} bits that are wrong, one at a time, each is noticed or takes no change away`, () => {
  const chance = chanceOf(SEED);
  const own = aDatabase("own", 30);
  emptyLog(own.db);
  for (let i = 0; i < 30; i++) own.write();
  const left = asLeft(own);
  let noticed = 0;
  for (let i = 0; i < FLIPS; i++) {
    const hurt = join(mkdtempSync(join(folder, "hurt-")), "nines.sqlite");
    for (const end of ["", "-wal", "-shm"]) cpSync(left + end, hurt + end);
    const offset = chance.whole(bytesOf(`${hurt}-wal`));
    flip(`${hurt}-wal`, offset);
    const flaw = logFlawOf(hurt);
    if (flaw === null) expect([offset, changesIn(hurt)]).toEqual([offset, 60]);
    else noticed++;
    rmSync(join(hurt, ".."), { recursive: true });
  }
  expect(noticed).toBeGreaterThan(FLIPS / 2);
});

describe("a log that lost its end is noticed", () => {
  test.each([
    ["a byte", 1],
    ["a frame", FRAME_BYTES],
    ["half of it", 20 * FRAME_BYTES],
    ["all of it", Number.POSITIVE_INFINITY],
  ])("%s", (_, bytes) => {
    const left = asLeft(aDatabase("own", 20));
    truncateSync(`${left}-wal`, Math.max(0, bytesOf(`${left}-wal`) - bytes));
    expect(logFlawOf(left)).toBe("cut");
    rmSync(`${left}-wal`);
    expect(logFlawOf(left)).toBe("cut");
  });

  test("also when the database has all of it, and SQLite would put the first changes over the last", () => {
    const own = aDatabase("own", 20);
    own.db.run("PRAGMA wal_checkpoint(PASSIVE)");
    const left = asLeft(own);
    truncateSync(`${left}-wal`, bytesOf(`${left}-wal`) - 5 * FRAME_BYTES);
    expect(logFlawOf(left)).toBe("cut");
    mendLog(left);
    expect([logFlawOf(left), changesIn(left)]).toEqual([null, 20]);
  });
});

describe("a log of another database is noticed", () => {
  const put = (from: string, to: string, ends: string[]) => {
    for (const end of ends) cpSync(from + end, to + end);
  };

  test.each([
    ["without its index", ["-wal"]],
    ["with its index", ["-wal", "-shm"]],
  ])("%s", (_, ends) => {
    const own = asLeft(aDatabase("own", 12));
    const other = asLeft(aDatabase("other", 12));
    put(other, own, ends);
    expect(logFlawOf(own)).toBe("foreign");
  });

  test("beside a backup of the same database that was put back", () => {
    const own = aDatabase("own", 12);
    const backup = join(folder, "backup.sqlite");
    copyDatabase(own.db, backup);
    own.db.run("PRAGMA query_only = OFF");
    const left = asLeft(own);
    cpSync(backup, left);
    expect(logFlawOf(left)).toBe("foreign");
    rmSync(`${left}-shm`);
    expect(logFlawOf(left)).toBe("foreign");
    mendLog(left);
    expect([logFlawOf(left), changesIn(left)]).toEqual([null, 12]);
  });

  test("also when its log has no first page: then their sizes differ", () => {
    const other = aDatabase("other", 0);
    other.db.transaction(() => {
      for (let i = 0; i < 3000; i++) other.write();
    })();
    emptyLog(other.db);
    other.write();
    const own = asLeft(aDatabase("own", 1));
    put(asLeft(other), own, ["-wal", "-shm"]);
    expect(logFlawOf(own)).toBe("foreign");
  });
});

test("what is mended has all that lies before the damage, and keeps the log as it was", () => {
  const left = asLeft(aDatabase("own", 30));
  flip(`${left}-wal`, bytesOf(`${left}-wal`) >> 1);
  const hurt = readFileSync(`${left}-wal`);
  const mended = mendLog(left);
  expect(mended).toEqual({ flaw: "damaged", kept: `${left}-wal.kept-1` });
  expect(readFileSync(`${left}-wal.kept-1`).equals(hurt)).toBe(true);
  expect([logFlawOf(left), mendLog(left)]).toEqual([null, null]);
  const changes = changesIn(left);
  expect(changes).toBeGreaterThan(10);
  expect(changes).toBeLessThan(20);
});
