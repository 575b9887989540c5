// How an error crosses from a thread to the main thread: as plain data, and back.
import { type ErrorCode, NinesError } from "./errors.ts";
import { messageOf } from "./thrown.ts";

export type Failure = {
  kind: "failed";
  reason: string;
  /** Of an error of the system or the database: tells whether the disk was full. */
  code: string | null;
  /** Of a refusal. */
  refusal: { code: ErrorCode; param: string | undefined } | null;
};

export function failureOf(error: unknown): Failure {
  return {
    kind: "failed",
    reason: messageOf(error),
    code: error instanceof Error && "code" in error ? String(error.code) : null,
    refusal: error instanceof NinesError ? { code: error.reason, param: error.param } : null,
  };
}

/** The error as the thread threw it. */
export function thrownIn({ reason, code, refusal }: Failure): Error {
  if (refusal !== null) {
    const { param } = refusal;
    return new NinesError(refusal.code, { message: reason, ...(param === undefined ? {} : { param }) });
  }
  return code === null ? new Error(reason) : Object.assign(new Error(reason), { code });
}
