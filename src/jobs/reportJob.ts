// The job that makes a report: the render thread computes and writes the files, then one transaction
// marks the report completed.
import type { MakeReport } from "../render/renderer.ts";
import type { Store } from "../store/store.ts";
import type { JobHandler } from "./attempt.ts";

/** Progress is stored at most this often. */
const PROGRESS_EVERY_MS = 250;

/**
 * The handler of jobs of kind `report`. `discard` removes the files of a report that was deleted meanwhile, or that failed;
 * `wakeDeliveries` says that a finished one is to be sent.
 */
export function reportJob(
  store: Store,
  make: MakeReport,
  discard: (report: { id: string; createdAtMs: number }) => void,
  wakeDeliveries: () => void = () => {},
): JobHandler {
  const idOf = (payload: Record<string, string>) => payload["report_id"] ?? "";
  return {
    run: async (job) => {
      const id = idOf(job.payload);
      await store.writeLock.whenFree();
      const order = store.reports.order(id);
      if (!order || order.status === "completed" || order.status === "failed") return () => {};
      let shownAtMs = store.context.now();
      store.reports.showProgress(id, 0);
      const onProgress = (fraction: number) => {
        if (store.context.now() - shownAtMs < PROGRESS_EVERY_MS) return;
        shownAtMs = store.context.now();
        showIfPossible(store, id, fraction);
      };
      const result = await make(id, onProgress).catch((error: unknown) => {
        // A thread that was ended could not remove what it had begun to write.
        if (store.reports.order(id)?.status !== "completed") discard(order);
        throw error;
      });
      return () => {
        if (!store.reports.complete(id, result)) {
          // It was deleted, or given up because the clock was ahead.
          if (store.reports.order(id)?.status !== "completed") discard(order);
          return;
        }
        // In this same transaction: a report that is completed has its deliveries, each once.
        if (store.deliveries.enqueueReport(order.workspace, id) > 0) wakeDeliveries();
      };
    },
    onRetry: (job) => store.reports.requeue(idOf(job.payload)),
    onGiveUp: (job, reason) => store.reports.fail(idOf(job.payload), reason),
  };
}

/**
 * Progress is for show: nothing waits for a locked database to store it; and when it cannot be stored (a full disk),
 * the end of the job meets that and tells it.
 */
function showIfPossible(store: Store, id: string, fraction: number): void {
  if (!store.writeLock.isFree()) return;
  try {
    store.reports.showProgress(id, fraction);
  } catch {
    return;
  }
}
