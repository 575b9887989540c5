// Messages that a request asks for: tests, sending again, runs on demand. Unbounded, they would be a way to send bulk
// mail through the operator's mail server. Reports of schedules never count.
import { allowanceOf } from "../model/allowance.ts";
import { NinesError } from "../model/errors.ts";
import type { StoreContext } from "./database/context.ts";

/** A workspace may ask for so many at once; they come back within an hour. */
export const MESSAGES_PER_HOUR = 2000;
const MINUTE_MS = 60_000;

/** What of a delivery says when it last left. */
type Sending = { id: string; state: string; round: number; sent_at_ms: number | null };

/** Takes so many of a workspace's messages, all as long as one is left; throws too_many_messages. */
export type MessagesByHand = (workspace: string, count: number) => void;

/** Nobody has asked for any yet. `now` gives epoch milliseconds. */
export function messagesByHandOf(now: () => number): MessagesByHand {
  const { take } = allowanceOf({ perMinute: MESSAGES_PER_HOUR / 60, burst: MESSAGES_PER_HOUR, now });
  return (workspace, count) => {
    const waitS = count === 0 ? 0 : take(workspace, count);
    if (waitS === 0) return;
    throw tooMany(
      `The workspace asked for more than ${MESSAGES_PER_HOUR} messages an hour beside those of its schedules`,
      waitS,
    );
  };
}

/**
 * Refuses to send again what was sent, or asked for once more, within the last minute: too_many_messages. A clock that
 * was set back holds up none.
 */
export function refuseWithinMinuteOfSending(
  { db, now }: Pick<StoreContext, "db" | "now">,
  deliveries: readonly Sending[],
): void {
  const job = db.query<{ at: number }, [string]>("SELECT created_at_ms AS at FROM jobs WHERE dedupe_key = ?");
  const waitMs = ({ id, state, round, sent_at_ms }: Sending): number => {
    const askedAt = round > 1 ? job.get(deliveryKey(id, round))?.at : undefined;
    const sinceMs = now() - Math.max(askedAt ?? 0, state === "sent" ? (sent_at_ms ?? 0) : 0);
    return sinceMs < 0 ? 0 : MINUTE_MS - sinceMs;
  };
  const longest = Math.max(0, ...deliveries.map(waitMs));
  if (longest > 0) {
    throw tooMany("A delivery that left within the last minute is not sent again", Math.ceil(longest / 1000));
  }
}

/** Names the job of a sending of a delivery: each is done once. */
export const deliveryKey = (id: string, round: number): string => `delivery:${id}:${round}`;

function tooMany(why: string, waitS: number): NinesError {
  return new NinesError("too_many_messages", {
    message: `${why}; try again in ${waitS} s.`,
    headers: { "Retry-After": String(waitS) },
  });
}
