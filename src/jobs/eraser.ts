// Deletes what sites left behind, some at a time: others have their turn between two.
import type { Log } from "../model/log.ts";
import { messageOf } from "../model/thrown.ts";
import type { Store } from "../store/store.ts";

export type EraserOptions = { store: Pick<Store, "sites" | "writeLock">; log: Log };

/** After a trouble of the disk or the database. */
const AGAIN_AFTER_MS = 60_000;

/** Erases what an earlier process left, and whenever it is woken. */
export function startEraser({ store, log }: EraserOptions): { wake: () => void; stop: () => Promise<void> } {
  let isStopped = false;
  let isWoken = true;
  let timer: Timer | undefined;
  let running: Promise<void> | null = null;
  const run = async () => {
    while (isWoken && !isStopped) {
      isWoken = false;
      try {
        while (!isStopped && store.sites.isAnyLeaving()) {
          await store.writeLock.whenFree();
          if (isStopped) break;
          const before = performance.now();
          store.sites.removeLeft();
          // As long as it took is left to others.
          await Bun.sleep(performance.now() - before);
        }
      } catch (error) {
        log("error", "sites.erase", { reason: messageOf(error) });
        timer = setTimeout(wake, AGAIN_AFTER_MS);
      }
    }
  };
  const wake = () => {
    isWoken = true;
    if (isStopped) return;
    running ??= run().finally(() => {
      running = null;
      if (isWoken) wake();
    });
  };
  wake();
  return {
    wake,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
