// Very many sites, and windows that name them all, straight into the database: requests would take their time.
import type { Store } from "../../../src/store/store.ts";

/** So many sites of "acme"; gives their ids. */
export function manySites({ context: { db } }: Store, count: number): string[] {
  const insert = db.query(
    `INSERT INTO sites (id, workspace, name, tags, created_at_ms, updated_at_ms) VALUES (?, 'acme', 'x', '{}', 0, 0)`,
  );
  const ids = Array.from({ length: count }, (_, index) => `site_${String(index).padStart(27, "0")}`);
  db.transaction(() => {
    for (const id of ids) insert.run(id);
  })();
  return ids;
}

/** A window of "acme" names all its sites. */
export function nameAllSites({ context: { db } }: Store, window: string): void {
  db.query("UPDATE maintenance_windows SET applies_to = 'sites' WHERE id = ?").run(window);
  db.query(
    `INSERT INTO maintenance_window_sites (window_seq, site_seq)
     SELECT w.seq, s.seq FROM maintenance_windows w JOIN sites s ON s.workspace = w.workspace WHERE w.id = ?`,
  ).run(window);
}
