// Who else may read or write the data folder. What is ours is closed to others; what is not ours, and open, is
// refused: its owner could put another secret or another database there.
import { chmodSync, closeSync, existsSync, openSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../../model/setupError.ts";
import { messageOf } from "../../model/thrown.ts";

/** A path that others could use, and the mode that it had: it is closed to them now. */
export type Closed = { path: string; was: string };

const OTHERS = 0o077;
const OTHERS_MAY_WRITE = 0o002;
/** Who runs this process. Root may do everything to everything. */
const MYSELF = process.geteuid?.() ?? 0;

/** What Nines puts into its folder, and what may lie in an otherwise empty one. */
const OWN_ENTRIES =
  /^(nines\.sqlite.*|token-secret.*|server\.lock.*|backup-\w+|reports|lost\+found|README\.md|\..*)$/;
const CLOSED_ENTRIES = /^(nines\.sqlite.*|token-secret|server\.lock|reports)$/;

/**
 * Closes the folder, and in it the database, the token secret, the lock and the reports, to all but their owner.
 * A folder that holds other things too keeps its mode. Throws SetupError for what cannot be closed.
 */
export function closeDataFolder(folder: string, myself = MYSELF): Closed[] {
  const entries = entriesOf(folder);
  const isForNines = entries.every((name) => OWN_ENTRIES.test(name));
  const stats = statSync(folder);
  const closed = isForNines && isMine(stats, myself) ? close(folder, myself) : [];
  if (closed.length === 0 && (stats.mode & OTHERS_MAY_WRITE) !== 0) {
    throw new SetupError(
      `everybody may write to the data folder ${folder} (mode ${modeOf(stats)}); use a folder of its own, with mode 0700`,
    );
  }
  return [
    ...closed,
    ...entries
      .filter((name) => CLOSED_ENTRIES.test(name))
      .flatMap((name) => close(join(folder, name), myself)),
  ];
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new SetupError(`the data folder ${folder} cannot be read: ${messageOf(error)}`);
  }
}

/**
 * Makes a file that only its owner may use, unless it is there. One that is there is not opened: closing it would
 * end the locks that SQLite holds on it for this process.
 */
export function makeClosed(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
}

/** Takes from all but the owner what they may do with a file or folder. */
export function close(path: string, myself = MYSELF): Closed[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  // A running server removes its log of changes now and then.
  if (!stats || (stats.mode & OTHERS) === 0) return [];
  if (!isMine(stats, myself)) {
    throw new SetupError(
      `${path} belongs to another user and is open to others (mode ${modeOf(stats)}); give it to the user who runs Nines, with mode ${stats.isDirectory() ? "0700" : "0600"}`,
    );
  }
  try {
    chmodSync(path, stats.mode & 0o700);
  } catch (error) {
    throw new SetupError(`${path} cannot be closed to others: ${messageOf(error)}`);
  }
  return [{ path, was: modeOf(stats) }];
}

function isMine({ uid }: Stats, myself: number): boolean {
  return uid === myself || myself === 0;
}

function modeOf({ mode }: Stats): string {
  return `0${(mode & 0o777).toString(8).padStart(3, "0")}`;
}
