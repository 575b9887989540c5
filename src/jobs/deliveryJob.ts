// The job that sends one message. What it says and how it travels is the sender's; here is what becomes of it.
import type { SendResult } from "../model/delivery.ts";
import { NotYet } from "../model/notYet.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { VOIDED } from "../store/clock.ts";
import type { DeliveryOrder } from "../store/deliveries.ts";
import type { Store } from "../store/store.ts";
import type { JobHandler } from "./attempt.ts";
import type { Clock } from "./clock.ts";

/** Sends a message; throws when it is worth another try, with a reason that tells no secret. */
export type Send = (order: DeliveryOrder) => Promise<SendResult>;

const FIRST_RETRY_MS = 30_000;
/** When a message about a report that may be one of the future is looked at again. */
const LATER_MS = 60_000;
/** Messages under way at the same time: a slow receiver holds up the others only when there are so many. */
const LANES = 4;

/**
 * How long a delivery waits after this many attempts: 30 s, 2 min, 8 min, 32 min, less a random quarter. Longer
 * than other jobs, for mail servers that put a new sender off for some minutes.
 */
export function deliveryRetryDelayMs(attempts: number, random: () => number): number {
  return Math.round(FIRST_RETRY_MS * 4 ** (attempts - 1) * (0.75 + random() / 4));
}

/**
 * The handler of jobs of kind `delivery`. The message leaves before its delivery is marked as sent: killed in
 * between, it is sent again. It never changes the report. Of a report that was made while the clock was ahead nothing
 * is sent, and of one that may have been, nothing yet.
 */
export function deliveryJob(store: Store, send: Send, clock: Pick<Clock, "look" | "steadyNow">): JobHandler {
  const idOf = (payload: Record<string, string>) => payload["delivery_id"] ?? "";
  return {
    lanes: LANES,
    retryDelay: deliveryRetryDelayMs,
    run: async (job) => {
      const id = idOf(job.payload);
      await store.writeLock.whenFree();
      const standing = store.wallClock.standingOfDelivery(id, clock.look() ? clock.steadyNow() : null);
      if (standing === "waits")
        throw new NotYet("the clock jumped: it is not known yet what counts", LATER_MS);
      if (standing === "voided") return () => store.deliveries.markFailed(id, VOIDED);
      const order = store.deliveries.begin(id);
      if (!order) return () => {};
      const result = await send(order).catch((error: unknown) => takenBack(store, id, error));
      return () => {
        if (result.kind === "sent") store.deliveries.markSent(id);
        else store.deliveries.markFailed(id, result.reason);
      };
    },
    onRetry: (job, reason) => {
      if (reason !== null) store.deliveries.noteError(idOf(job.payload), reason);
    },
    onGiveUp: (job, reason) => store.deliveries.markFailed(idOf(job.payload), reason),
  };
}

/** Throws what kept a message from being sent. That nothing could be stored was no attempt: it left nowhere. */
async function takenBack(store: Store, id: string, error: unknown): Promise<never> {
  if (isStorageUnavailable(error)) {
    try {
      await store.writeLock.whenFree();
      store.deliveries.takeBack(id);
    } catch {
      // It counts one too many, which only shows; the job has its own count.
    }
  }
  throw error;
}
