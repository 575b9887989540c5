// The machine's clocks, read together: whether the wall clock is believed. Whoever does what a wrong clock would
// spoil looks here first. The rule is sla/clock.ts; what is written down of a jump, store/clock.ts.
import { uptime } from "node:os";
import type { Log } from "../model/log.ts";
import {
  type ClockState,
  clockAccepted,
  clockAfter,
  clockAtStart,
  type Hold,
  steadyMs,
} from "../sla/clock.ts";
import type { Store } from "../store/store.ts";

export type ClockSources = {
  /** Epoch milliseconds. */
  now: () => number;
  /** Milliseconds that only grow, from anywhere. */
  monotonic: () => number;
};

export type Clock = ReturnType<typeof clockOf>;

/** Time since the machine was started, in milliseconds: unlike the process's own, it goes on while it sleeps. */
export const machineUptimeMs = () => uptime() * 1000;

/** A clock that is believed until it jumps. */
export function clockOf({ now, monotonic }: ClockSources) {
  const read = () => ({ wallMs: now(), monotonicMs: monotonic() });
  let state: ClockState = clockAtStart(read(), null);
  /** What of the state is written down, and whether an earlier run's has been looked at. */
  let stored: Hold | null = null;
  let isBegun = false;

  /** Reads both clocks: the jump that is not believed, null when all is well. */
  const look = (): Hold | null => {
    state = clockAfter(state, read());
    return state.hold;
  };
  return {
    look,
    /** The wall clock; while it is not believed, what it would say had it not jumped. Epoch ms. */
    steadyNow: (): number => {
      look();
      return steadyMs(state, read());
    },
    /** Looks, takes up what an earlier run or `nines clock` wrote down, and writes down and tells what changed. */
    keep: (store: Store, log: Log): Hold | null => {
      if (!isBegun) state = clockAtStart(read(), store.wallClock.knownBefore());
      const isAccepted = store.wallClock.storedHold()?.accepted === 1;
      if (isAccepted) state = clockAccepted(read());
      const hold = look();
      if (hold && hold.jumpMs !== stored?.jumpMs) {
        store.wallClock.hold(hold, steadyMs(state, read()));
        log("warn", "clock.held", { jumpSeconds: Math.round(hold.jumpMs / 1000) });
      } else if (!hold && (stored || !isBegun || isAccepted)) {
        store.wallClock.release();
        if (stored) log("info", "clock.believed", { isAccepted });
      }
      stored = hold;
      isBegun = true;
      return hold;
    },
  };
}
