// Changes that come at once share a commit, and each is answered for itself.
import { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NinesError } from "../../../src/model/errors.ts";
import { groupCommit } from "../../../src/store/database/groupCommit.ts";

let db: Database;
beforeEach(() => {
  db = new Database(":memory:");
  db.run("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)");
});

const add = (text: string) => () => {
  db.query("INSERT INTO notes (text) VALUES (?)").run(text);
  return text;
};
const notes = () => db.query("SELECT text FROM notes ORDER BY rowid").values().flat();
const refuse = () => {
  throw new NinesError("too_many_queued_runs", { message: "No." });
};
const outcomes = async (all: Promise<unknown>[]) =>
  (await Promise.allSettled(all)).map(({ status }) => status);

test("a change is made, and its value given", async () => {
  expect(await groupCommit(db)(add("a"))).toBe("a");
  expect(notes()).toEqual(["a"]);
});

test("changes that come at once are made in their order, in one transaction", async () => {
  const together = groupCommit(db);
  const transactions: boolean[] = [];
  const seen = (text: string) => () => {
    transactions.push(db.inTransaction);
    return add(text)();
  };
  expect(await Promise.all(["a", "b", "c"].map((text) => together(seen(text))))).toEqual(["a", "b", "c"]);
  expect(transactions).toEqual([true, true, true]);
  expect(notes()).toEqual(["a", "b", "c"]);
});

test("nothing is answered before it is committed", async () => {
  const together = groupCommit(db);
  const open: boolean[] = [];
  await Promise.all(["a", "b"].map((text) => together(add(text)).then(() => open.push(db.inTransaction))));
  expect(open).toEqual([false, false]);
});

test("a change that is refused fails alone", async () => {
  const together = groupCommit(db);
  const all = [together(add("a")), together(refuse), together(add("b"))];
  expect(await outcomes(all)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(notes()).toEqual(["a", "b"]);
});

test("what a change wrote before it failed is undone, alone", async () => {
  const together = groupCommit(db);
  const twice = () => {
    add("c")();
    add("a")();
  };
  expect(await outcomes([together(add("a")), together(twice), together(add("b"))])).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(notes()).toEqual(["a", "b"]);
});

describe("an error that ends the transaction", () => {
  beforeEach(() => {
    db.run(`CREATE TRIGGER full BEFORE INSERT ON notes WHEN new.text = 'full'
            BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END`);
  });

  test("undoes the whole group and fails all of it", async () => {
    const together = groupCommit(db);
    const all = [together(add("a")), together(add("full")), together(add("b"))];
    expect(await outcomes(all)).toEqual(["rejected", "rejected", "rejected"]);
    expect(notes()).toEqual([]);
  });

  test("does not keep the next group from being made", async () => {
    const together = groupCommit(db);
    await outcomes([together(add("full"))]);
    expect(await together(add("a"))).toBe("a");
  });
});

test("a group of which nothing was made commits nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nines-group-"));
  const file = new Database(join(folder, "notes.sqlite"));
  file.run("PRAGMA journal_mode = WAL");
  file.run("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)");
  const other = new Database(join(folder, "notes.sqlite"), { readonly: true });
  const commits = () => (other.query("PRAGMA data_version").get() as { data_version: number }).data_version;
  const together = groupCommit(file);
  const writesAndFails = () => {
    file.run("INSERT INTO notes VALUES ('a')");
    refuse();
  };
  const before = commits();
  expect(await outcomes([together(writesAndFails), together(refuse)])).toEqual(["rejected", "rejected"]);
  expect(commits()).toBe(before);
  other.close();
  file.close();
  rmSync(folder, { recursive: true });
});
