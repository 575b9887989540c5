// What is to happen when a row is there already is said for the key it is about: `OR REPLACE` and `OR IGNORE` hold for
// every constraint, also for those that nobody thought of.
import { expect, test } from "bun:test";
import { join } from "node:path";

const SOURCES = join(import.meta.dir, "../../../src");
const FOR_EVERY_CONSTRAINT = /\b(?:insert|update)\s+or\s+\w+|\breplace\s+into\b/i;

/** It inserts twenty rows at once, for which SQLite then keeps no journal, and looks for those it passed over. */
const LOOKS_AFTERWARDS = "store/faultImport.ts";

test("no statement of the product decides conflicts of every constraint at once", async () => {
  const found: string[] = [];
  for (const path of new Bun.Glob("**/*.{ts,sql}").scanSync(SOURCES))
    if (FOR_EVERY_CONSTRAINT.test(await Bun.file(join(SOURCES, path)).text())) found.push(path);
  expect(found).toEqual([LOOKS_AFTERWARDS]);
});

test.each(["INSERT OR REPLACE INTO a VALUES (1)", "insert or\n ignore into a values (1)", "REPLACE INTO a"])(
  "%s is found",
  (sql) => expect(FOR_EVERY_CONSTRAINT.test(sql)).toBe(true),
);
