// Causes as small numbers: a text is stored once, however many faults have it.
import type { Reading } from "./database/context.ts";

/** How many causes are remembered between look-ups. */
const REMEMBERED = 10_000;

/**
 * The number of a cause, made when it is new; null for none. Call it inside the transaction that stores the
 * fault.
 */
export function causeSeqOf({ db }: Reading, text: string | null): number | null {
  if (text === null) return null;
  const find = db.query<{ seq: number }, [string]>("SELECT seq FROM causes WHERE text = ?");
  const insert = db.query<{ seq: number }, [string]>("INSERT INTO causes (text) VALUES (?) RETURNING seq");
  return (find.get(text) ?? (insert.get(text) as { seq: number })).seq;
}

/** The same with a memory, for one transaction over many rows. Throw it away when the transaction ends. */
export function rememberedCauseSeqOf(
  context: Reading,
  known: Map<string, number>,
  text: string | null,
): number | null {
  if (text === null) return null;
  const remembered = known.get(text);
  if (remembered !== undefined) return remembered;
  const seq = causeSeqOf(context, text) as number;
  if (known.size < REMEMBERED) known.set(text, seq);
  return seq;
}

/** The texts of all causes by their numbers. */
export function allCauses({ db }: Reading): Map<number, string> {
  const rows = db.query<{ seq: number; text: string }, []>("SELECT seq, text FROM causes").all();
  return new Map(rows.map(({ seq, text }) => [seq, text]));
}
