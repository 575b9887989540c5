// The data folder: who holds it, and the token secret in it.
import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../../model/setupError.ts";
import { isLocked } from "../../model/storageError.ts";
import { messageOf } from "../../model/thrown.ts";
import { writeSynced } from "./beside.ts";
import { type Closed, close, closeDataFolder, makeClosed } from "./permissions.ts";

const SECRET_FILE = "token-secret";
/** Whoever works in a folder holds it. */
export const LOCK_FILE = "server.lock";

/** Makes the folder when it is missing, for its owner only. Gives what others could use, and can no longer. */
export function makeDataFolder(path: string): Closed[] {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new SetupError(`the data folder ${path} cannot be made: ${messageOf(error)}`);
  }
  return closeDataFolder(path);
}

/**
 * Takes the folder for this process. The lock is a transaction on a small database: the kernel ends it
 * with the process, however that ends. Throws SetupError when another server holds it.
 */
export function lockDataFolder(path: string): { release: () => void } {
  const lock = openLock(path);
  try {
    lock.run("PRAGMA journal_mode = DELETE");
    lock.run("PRAGMA busy_timeout = 0");
    lock.run("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (!isLocked(error)) {
      throw new SetupError(`the data folder ${path} cannot be written: ${messageOf(error)}`);
    }
    throw new SetupError(
      `another Nines server holds the data folder ${path}; stop it, or use another folder`,
    );
  }
  return { release: () => lock.close() };
}

function openLock(path: string): Database {
  const file = join(path, LOCK_FILE);
  try {
    makeClosed(file);
    return new Database(file);
  } catch (error) {
    throw new SetupError(`the data folder ${path} cannot be written: ${messageOf(error)}`);
  }
}

/** The token secret: the configured one, else the folder's own, which is made (mode 0600) at first need. */
export function tokenSecret(path: string, configured: string | null): Uint8Array {
  if (configured !== null) return new TextEncoder().encode(configured);
  const file = join(path, SECRET_FILE);
  if (!existsSync(file)) {
    const random = crypto.getRandomValues(new Uint8Array(48));
    writeSynced(file, new TextEncoder().encode(Buffer.from(random).toString("base64url")), 0o600);
  }
  close(file);
  const secret = readFileSync(file);
  if (secret.byteLength < 32)
    throw new SetupError(
      `the token secret in ${file} is shorter than 32 bytes; delete it to have a new one made`,
    );
  return new Uint8Array(secret);
}
