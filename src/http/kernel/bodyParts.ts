// The parts in which a body comes. A sender chooses how small they are: one byte each, if it likes, a thousand at once.

/** Below this a part is handed on only after everybody else's turn: what came meanwhile comes as one. */
const TINY_BYTES = 1024;

/**
 * Reads a body part by part; gives null at its end. After a tiny part it lets others have their turn, so that the
 * runtime gathers what lies ready into one part, and no sender of many tiny ones keeps the thread to itself.
 */
export function partsOf(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader();
  let wasTiny = false;
  return {
    next: async (): Promise<Uint8Array | null> => {
      if (wasTiny) await new Promise((resolve) => setImmediate(resolve));
      const { done, value } = await reader.read();
      if (done) return null;
      wasTiny = value.byteLength < TINY_BYTES;
      return value;
    },
    cancel: (reason?: unknown): Promise<void> => reader.cancel(reason),
  };
}

/** Bytes in one piece, which grows as they come. */
export function growingBytes(most: number) {
  let bytes = new Uint8Array(4096);
  let length = 0;
  return {
    /** Adds a part; false when it would be too much. */
    add: (part: Uint8Array): boolean => {
      const needed = length + part.byteLength;
      if (needed > most) return false;
      if (needed > bytes.byteLength) {
        const larger = new Uint8Array(Math.min(most, Math.max(needed, 2 * bytes.byteLength)));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(part, length);
      length = needed;
      return true;
    },
    get: (): Uint8Array => bytes.subarray(0, length),
  };
}
