// Large answers are made one in a turn of the thread: many asked for at once would keep everybody else waiting until
// the last of them is made. What is shared out is the thread, so this is one for all servers in it.

let wasLarge = false;

const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Says that a large answer was made in this turn of the thread. */
export function madeLargeAnswer(): void {
  if (!wasLarge) setImmediate(() => (wasLarge = false));
  wasLarge = true;
}

/** Until a turn of the thread in which no large answer was made yet. */
export async function untilOthersHadTurns(): Promise<void> {
  while (wasLarge) await othersTurn();
}
