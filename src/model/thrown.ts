// What can be said of a value that was thrown: anything can be, not only an Error.

/** The message of an error, or the value as text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
