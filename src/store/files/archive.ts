// Archives of a data folder (.tar.gz): written file by file from a list, and read back to compare.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants, createReadStream, createWriteStream, type Stats, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Header, list, Pack, ReadEntry } from "tar";

/** A file that belongs into an archive: its name there, where it lies, and what it must be. */
export type Archived = { name: string; path: string; bytes: number; sha256: string };
/** What an entry of an archive is. */
export type Found = { bytes: number; sha256: string };

/** What a link leads to is not ours to give out. */
const NO_LINK = constants.O_RDONLY | constants.O_NOFOLLOW;

/** Writes an archive into an open file, entry by entry: each `add` ends when its file was taken in. */
export function archiveInto(file: number) {
  const pack = new Pack({ gzip: true });
  const target = createWriteStream("", { fd: file, flush: true });
  const written = pipeline(pack as unknown as NodeJS.ReadableStream, target);
  // Whoever adds waits for this too: a full disk must not leave them waiting.
  const broken = new Promise<never>((_, reject) => {
    written.catch(reject);
  });
  broken.catch(() => {});
  const add = async (name: string, { size, mtime }: Pick<Stats, "size" | "mtime">, write: Writer) => {
    const header = new Header({ path: name, mode: 0o600, type: "File", size, mtime });
    header.encode();
    const entry = new ReadEntry(header);
    const taken = once(entry, "end");
    pack.add(entry);
    await Promise.race([Promise.all([write(entry), taken]), broken]);
  };
  return {
    /** Adds a file as it is now; false when it is not there, or a link. */
    addFile: async (name: string, path: string): Promise<boolean> => {
      const content = await readFile(path, { flag: NO_LINK }).catch(() => null);
      if (content === null) return false;
      const mtime = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date();
      await add(name, { size: content.byteLength, mtime }, async (entry) => {
        entry.end(content);
      });
      return true;
    },
    /** Adds a file that nobody changes meanwhile, however large. */
    addLargeFile: (name: string, path: string): Promise<void> =>
      add(name, statSync(path), async (entry) => {
        for await (const chunk of createReadStream(path)) {
          if (!entry.write(chunk as Buffer)) await Promise.race([once(entry, "drain"), broken]);
        }
        entry.end();
      }),
    /** Ends the archive, and waits until all of it is on the disk. */
    end: async (): Promise<void> => {
      pack.end();
      await written;
    },
  };
}

type Writer = (entry: ReadEntry) => Promise<void>;

/** Reads an archive to its end: what each entry is, by its name. */
export async function readArchive(path: string): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  await list({
    file: path,
    strict: true,
    onReadEntry: (entry) => {
      const hash = createHash("sha256");
      let bytes = 0;
      entry.on("data", (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.byteLength;
      });
      entry.on("end", () => found.set(entry.path, { bytes, sha256: hash.digest("hex") }));
    },
  });
  return found;
}
