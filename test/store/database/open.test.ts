// The database as it is opened.
import { expect, test } from "bun:test";
import { openDatabase } from "../../../src/store/database/open.ts";

test("statements stay compiled, however many others were asked for since", () => {
  const db = openDatabase(":memory:");
  const first = db.query("SELECT 0");
  for (let other = 1; other < 400; other++) db.query(`SELECT ${other}`);
  expect(db.query("SELECT 0")).toBe(first);
  db.close();
});
