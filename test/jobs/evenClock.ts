// A clock that never jumps, for tests that are about something else.
import { clockOf } from "../../src/jobs/clock.ts";

export const evenClock = (now: () => number) => clockOf({ now, monotonic: now });
