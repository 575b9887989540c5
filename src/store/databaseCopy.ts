// A copy of the database that goes into a backup: which reports it names, and taking out those that were deleted
// while their files were being archived.
import { Database } from "bun:sqlite";
import { storeOf } from "./store.ts";

/** The completed reports that a copy names, with what their files are. */
export function reportsInCopy(path: string) {
  const db = new Database(path, { readonly: true });
  try {
    return storeOf(db, Date.now, () => "").reports.completedFiles();
  } finally {
    db.close();
  }
}

/** Whether a report is in the database that was copied, still. */
export function isReportThere(db: Database, id: string): boolean {
  return db.query("SELECT 1 FROM reports WHERE id = ?").get(id) !== null;
}

/** Takes reports out of a copy. */
export function forgetInCopy(path: string, ids: readonly string[]): void {
  if (ids.length === 0) return;
  const db = new Database(path);
  db.run("PRAGMA foreign_keys = ON");
  db.query("DELETE FROM reports WHERE id IN (SELECT value FROM json_each(?))").run(JSON.stringify(ids));
  db.close();
}
