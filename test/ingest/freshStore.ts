// A store in a file of its own for tests of imports, with a clock that stands still, and what they read from it.
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { idMaker } from "../../src/model/ids.ts";
import type { StoreContext } from "../../src/store/database/context.ts";
import { databasePath, openDatabase } from "../../src/store/database/open.ts";
import { faultStore } from "../../src/store/faults.ts";
import { reportNews } from "../../src/store/reportNews.ts";
import { siteStore } from "../../src/store/sites.ts";

export const NOW = Date.parse("2026-03-01T12:00:00Z");
export const WORKSPACE = "acme";

const folders: string[] = [];
const databases: { close: () => void }[] = [];

afterAll(() => {
  for (const db of databases.splice(0)) db.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty store; it is closed and deleted after the tests of the file. */
export function freshStore() {
  const folder = mkdtempSync(join(tmpdir(), "nines-import-"));
  folders.push(folder);
  const db = openDatabase(databasePath(folder));
  databases.push(db);
  let clock = NOW;
  const context: StoreContext = {
    db,
    now: () => clock,
    newId: idMaker(
      () => clock,
      (array) => crypto.getRandomValues(array),
    ),
    news: reportNews(),
  };
  const faults = faultStore(context);
  return {
    context,
    db,
    faults,
    sites: siteStore(context),
    passTime: (ms: number) => {
      clock += ms;
    },
    /** Every fault, oldest first, without what differs from one run to the next. */
    facts: () =>
      faults
        .lookFor(WORKSPACE, {}, { after: null, limit: 1_000_000 })
        .rows.map(({ seq, id, site_seq, link_seq, updated_at_ms, ...facts }) => facts)
        .reverse(),
  };
}

/** A store with these sites, by name. */
export function storeWithSites(...names: string[]) {
  const store = freshStore();
  for (const name of names) store.sites.create(WORKSPACE, { name });
  return store;
}

/** Bytes as an upload, in chunks of this many bytes. */
export function uploadOf(
  bytes: string | Uint8Array,
  chunkBytes = Number.MAX_SAFE_INTEGER,
): ReadableStream<Uint8Array> {
  const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < all.length) controller.enqueue(all.slice(at, at + chunkBytes));
      at += chunkBytes;
      if (at >= all.length) controller.close();
    },
  });
}

/** Objects as lines of NDJSON. */
export function ndjson(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
