/** Lets requests and timers that are waiting have their turn, between two parts of a long work on the main thread. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
