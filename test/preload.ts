// Every test sees the environment the binary makes for itself: production mode, UTC as host zone.
import "../src/env.ts";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `npm test` has put each thread of the program as one file, as it is in the program; those start far sooner.
 * Not named as a setting is: commands refuse those that are none. */
const bundles = process.env["THREADS_OF_TESTS"];
const THREADS = join(import.meta.dir, "../src/render");

if (bundles !== undefined) {
  globalThis.Worker = new Proxy(Worker, {
    construct: (RealWorker, [script, options]: [string | URL, WorkerOptions?]) => {
      const path = fileURLToPath(new URL(script, import.meta.url));
      return new RealWorker(bundleOf(path, bundles) ?? script, options);
    },
  });
}

function bundleOf(script: string, folder: string): string | null {
  const [, name] = script.startsWith(THREADS) ? (/\/(thread|readerThread)\.ts$/.exec(script) ?? []) : [];
  return name === undefined ? null : join(folder, "render", `${name}.js`);
}
