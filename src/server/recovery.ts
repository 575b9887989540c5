// The two ends of a process: taking up what an earlier one left, and leaving the database tidy.

import type { Log } from "../model/log.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { DAY_MS } from "../sla/lengths.ts";
import { emptyLog } from "../store/database/integrity.ts";
import type { Database } from "../store/database/open.ts";
import { sweepArtefacts } from "../store/files/artefacts.ts";
import { sweepBackupFolders } from "../store/files/leftovers.ts";
import type { Store } from "../store/store.ts";

/** Ended jobs are kept for a month, for whoever asks what happened. */
const JOBS_KEPT_MS = 30 * DAY_MS;
const CHECKPOINT_ATTEMPTS = 20;

/** Takes up what an earlier process left: its jobs wait again, its half-made files removed, its links run out. */
export function recover(store: Store, dataFolder: string, log: Log): void {
  store.links.keepFromNow();
  const interrupted = store.jobs.takeUpInterrupted();
  for (const { kind, payload } of interrupted)
    if (kind === "report") store.reports.requeue(payload["report_id"] ?? "");
  const completed = new Set(store.reports.completedFiles().map(({ id }) => id));
  const swept = [...sweepArtefacts(dataFolder, (id) => completed.has(id)), ...sweepBackupFolders(dataFolder)];
  const forgotten = store.jobs.forgetFinished(store.context.now() - JOBS_KEPT_MS);
  if (interrupted.length + swept.length + forgotten > 0)
    log("info", "recovered", { interrupted: interrupted.length, swept: swept.length, forgotten });
}

/**
 * Brings the log of changes into the database, for which the render thread must have let go of it. On a full disk
 * the log stays, and is read at the next start.
 */
export async function checkpoint(db: Database, log: Log): Promise<void> {
  try {
    for (let attempt = 0; attempt < CHECKPOINT_ATTEMPTS && !emptyLog(db); attempt++) await Bun.sleep(50);
  } catch (error) {
    if (!isStorageUnavailable(error)) throw error;
    log("warn", "checkpoint.failed", { reason: (error as Error).message });
  }
}
