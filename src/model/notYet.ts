// Work that cannot be done just now, through no fault of its own.

/** Thrown by the handler of a job: it is put back, and this attempt does not count. */
export class NotYet extends Error {
  override name = "NotYet";
  constructor(
    message: string,
    /** For how long, in milliseconds. */
    readonly delayMs: number,
  ) {
    super(message);
  }
}
