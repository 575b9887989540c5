// Causes as small numbers: a text is stored once, however many faults have it.
import type { Database } from "bun:sqlite";

/** How many causes are remembered between look-ups. */
const REMEMBERED = 10_000;

/** Look-up of cause numbers. Must be used inside the transaction that stores the fault. */
export function causeStore(db: Database) {
  const find = db.query<{ seq: number }, [string]>("SELECT seq FROM causes WHERE text = ?");
  const insert = db.query<{ seq: number }, [string]>("INSERT INTO causes (text) VALUES (?) RETURNING seq");
  return {
    /** The number of a cause, made when it is new; null for none. */
    seqOf(text: string | null): number | null {
      if (text === null) return null;
      const row = find.get(text) ?? (insert.get(text) as { seq: number });
      return row.seq;
    },
    /** The same with a memory, for one transaction over many rows. Throw it away when the transaction ends. */
    remembering(): (text: string | null) => number | null {
      const known = new Map<string, number>();
      return (text) => {
        if (text === null) return null;
        const remembered = known.get(text);
        if (remembered !== undefined) return remembered;
        const seq = (find.get(text) ?? (insert.get(text) as { seq: number })).seq;
        if (known.size < REMEMBERED) known.set(text, seq);
        return seq;
      };
    },
    all(): Map<number, string> {
      const rows = db.query<{ seq: number; text: string }, []>("SELECT seq, text FROM causes").all();
      return new Map(rows.map(({ seq, text }) => [seq, text]));
    },
  };
}
