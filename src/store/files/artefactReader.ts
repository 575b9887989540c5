// Reads finished files for whoever downloads them. A file that is open stays readable to its end, also
// when its report is deleted meanwhile; one that is not what was published is never given out.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { NinesError } from "../../model/errors.ts";

const CHUNK_BYTES = 256 * 1024;
/** Files are known by inode, time and size once their hash was right; this many are remembered. */
const REMEMBERED = 10_000;

export type OpenArtefact = {
  /** The bytes from `start` up to, not including, `end`, at once; closes the file. */
  read: (start: number, end: number) => Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The same as a part of the file, which is read while it is sent: a slow reader holds no memory. Hand it over at
   * once: the file is opened when its sending begins. Closes the file; throws not_found when it was removed.
   */
  part: (start: number, end: number) => Promise<Blob>;
  close: () => Promise<void>;
};

export type ArtefactReader = (
  path: string,
  facts: { bytes: number; sha256: string },
) => Promise<OpenArtefact | null>;

/** A reader that checks a file's hash the first time it is asked for; null when it is missing or damaged. */
export function artefactReader(): ArtefactReader {
  const intact = new Set<string>();
  return async (path, facts) => {
    const handle = await open(path, "r").catch(() => null);
    if (!handle) return null;
    try {
      const { ino, mtimeMs, size } = await handle.stat();
      const state = `${ino} ${mtimeMs} ${size} ${facts.sha256}`;
      if (size === facts.bytes && (intact.has(state) || (await hashOf(handle)) === facts.sha256)) {
        if (intact.size >= REMEMBERED) intact.clear();
        intact.add(state);
        return {
          read: (start, end) => bytesOf(handle, start, end),
          part: async (start, end) => {
            await handle.close();
            return partOf(path, start, end);
          },
          close: () => handle.close(),
        };
      }
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return null;
  };
}

async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return hash.digest("hex");
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

async function bytesOf(handle: FileHandle, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start);
  for (let position = start; position < end; ) {
    const { bytesRead } = await handle.read(bytes, position - start, end - position, position);
    if (bytesRead === 0) throw new Error(`the file ends at ${position}, before ${end}`);
    position += bytesRead;
  }
  await handle.close();
  return bytes;
}

function partOf(path: string, start: number, end: number): Blob {
  if (existsSync(path)) return Bun.file(path).slice(start, end);
  throw new NinesError("not_found", { message: "The report was deleted." });
}
