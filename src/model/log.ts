// How every part of Nines tells what happened. Who writes it down is server/log.ts.

/** Tells of an event, named `noun.what_happened`, with its facts; none of them may be secret. */
export type Log = (level: "info" | "warn" | "error", event: string, facts: Record<string, unknown>) => void;
