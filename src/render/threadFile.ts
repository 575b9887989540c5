// Where the file of a thread lies.

/**
 * Beside this one. In the program every module's address is that of the program itself; the thread lies below it as it
 * does below src.
 */
export function threadFile(name: "thread.ts" | "readerThread.ts"): URL {
  const isSource = import.meta.url.endsWith("/threadFile.ts");
  return new URL(isSource ? `./${name}` : `./render/${name}`, import.meta.url);
}
