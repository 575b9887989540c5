// How much callers may have under way at a time, beside the number of their requests: of each server its own count.
import { allowanceOf } from "../../model/allowance.ts";
import { openStreamsOf } from "./openStreams.ts";
import { UNREAD_LIMITS, type UnreadAnswers, unreadAnswersOf } from "./unreadAnswers.ts";

/** Tests of notification groups in a workspace; each is a message to every address of a group. */
const TESTS_PER_MINUTE = 10;

export type Limits = {
  /** Counts large answers until they are read. */
  unread: UnreadAnswers;
  /** Counts a request's stream of a report's events; gives what says that it is closed. Throws too_many_streams. */
  eventStreams: (request: Request) => () => void;
  /** The same for the exports under way. */
  exports: (request: Request) => () => void;
  /** Takes one of a workspace's tests of notification groups: 0, or the seconds after which there is one again. */
  waitOfTest: (workspace: string) => number;
};

/** Limits of which nothing is used yet; `now` gives epoch milliseconds. */
export function limitsOf(now: () => number): Limits {
  return {
    unread: unreadAnswersOf(UNREAD_LIMITS),
    eventStreams: openStreamsOf({ what: "streams of events", ofToken: 50, inAll: 500 }),
    exports: openStreamsOf({ what: "exports", ofToken: 5, inAll: 20 }),
    waitOfTest: allowanceOf({ perMinute: TESTS_PER_MINUTE, burst: TESTS_PER_MINUTE, now }).take,
  };
}
