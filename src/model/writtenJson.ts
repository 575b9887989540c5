// JSON that is written where its value was made, and travels as bytes: between threads, and into answers.

declare const written: unique symbol;

/** The JSON of a value of this type. */
export type JsonBytes<T> = Uint8Array<ArrayBuffer> & { readonly [written]?: T };

/** Writes a value as JSON; the bytes remember its type. */
export function jsonBytes<T>(value: T): JsonBytes<T> {
  return new TextEncoder().encode(JSON.stringify(value));
}
