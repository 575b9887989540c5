// Large answers that are under way: they lie in memory until their reader has taken them. So they are sent part by
// part, as they are taken, and counted until then, for each token and in all.
import { NinesError } from "../../model/errors.ts";
import { callerKey } from "./callerKey.ts";

/** Below this size an answer is handed over as a whole: the system's own buffers take it. */
export const SMALL_BYTES = 64 * 1024;
const PART_BYTES = 128 * 1024;
const RETRY_AFTER_S = 5;
const MIB = 1024 * 1024;

export type UnreadLimits = { ofTokenBytes: number; inAllBytes: number };

export const UNREAD_LIMITS: UnreadLimits = { ofTokenBytes: 16 * MIB, inAllBytes: 128 * MIB };

export type UnreadAnswers = {
  /**
   * Refuses a request while as much as is allowed lies unread: too_many_unread_answers when it is the token's own,
   * server_busy when it is everybody's. One that has less gets its answer, however large that one is.
   */
  admit: (request: Request) => void;
  /** The bytes as a body that is counted until it was taken, or its reader has gone. */
  bodyOf: (request: Request, bytes: Uint8Array<ArrayBuffer>) => ReadableStream<Uint8Array>;
};

/** Nothing is under way yet. */
export function unreadAnswersOf({ ofTokenBytes, inAllBytes }: UnreadLimits): UnreadAnswers {
  const heldOfToken = new Map<string, number>();
  let heldInAll = 0;
  const hold = (key: string, bytes: number) => {
    heldInAll += bytes;
    const held = (heldOfToken.get(key) ?? 0) + bytes;
    if (held > 0) heldOfToken.set(key, held);
    else heldOfToken.delete(key);
  };
  return {
    admit: (request) => {
      const held = heldOfToken.get(callerKey(request)) ?? 0;
      if (held >= ofTokenBytes) throw tooManyUnread(held);
      if (heldInAll >= inAllBytes) throw busy();
    },
    bodyOf: (request, bytes) => {
      const key = callerKey(request);
      hold(key, bytes.byteLength);
      return inParts(bytes, () => hold(key, -bytes.byteLength));
    },
  };
}

/**
 * A stream that gives a part when the part before it was taken, so that what many read at once lies in memory once.
 * `done` is called once, when it is over.
 */
export function inParts(
  bytes: Uint8Array<ArrayBuffer>,
  done: () => void = () => {},
): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at >= bytes.byteLength) {
          done();
          controller.close();
          return;
        }
        controller.enqueue(bytes.subarray(at, at + PART_BYTES));
        at += PART_BYTES;
      },
      cancel: done,
    },
    { highWaterMark: 0 },
  );
}

function tooManyUnread(held: number): NinesError {
  return new NinesError("too_many_unread_answers", {
    message: `Answers of ${Math.round(held / MIB)} MiB to this token are under way and not read; read them or close their connections.`,
    headers: { "Retry-After": String(RETRY_AFTER_S) },
  });
}

function busy(): NinesError {
  return new NinesError("server_busy", {
    message: "Answers that nobody reads fill the memory that there is for them; try again in a moment.",
    headers: { "Retry-After": String(RETRY_AFTER_S) },
  });
}
