// Chance that repeats: the same seed gives the same numbers.

export type Chance = ReturnType<typeof chanceOf>;

/** A source of chance with a few ways to ask it. */
export function chanceOf(seed: number) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (below: number) => Math.floor(random() * below);
  return {
    random,
    whole,
    happens: (probability: number) => random() < probability,
    oneOf: <T>(choices: readonly T[]): T => choices[whole(choices.length)] as T,
  };
}

/** Whether the long form of a test is asked for, with `npm run torture`. The short form is for every day. */
export const isLong = process.env["NINES_TORTURE"] === "long";

/** How many made-up examples hold a property: so many every day, twenty times as many in the long form. */
export const examples = (everyDay: number) => ({ numRuns: isLong ? 20 * everyDay : everyDay });

/** Where the chance of a test begins, so that a run can be repeated or be another. */
export const SEED = Number(process.env["NINES_SEED"] ?? 1);
