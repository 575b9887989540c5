// The cause patterns of a workspace: its own table, or the default one.
import type { CausePatterns, CausePatternsInput } from "../model/causePattern.ts";
import { formatInstant } from "../model/formats.ts";
import { type CausePattern, DEFAULT_CAUSE_PATTERNS } from "../sla/causes.ts";
import { bound, type Reading, type StoreContext } from "./database/context.ts";

/** Reads and changes the table. */
export const causePatternStore = (context: StoreContext) =>
  bound(context, { get: getCausePatterns, replace: replaceCausePatterns, reset: resetCausePatterns });

/** The table that holds for a workspace. */
export function getCausePatterns({ db }: Reading, workspace: string): CausePatterns {
  const row = db
    .query<{ patterns: string; updated_at_ms: number }, [string]>(
      "SELECT patterns, updated_at_ms FROM cause_patterns WHERE workspace = ?",
    )
    .get(workspace);
  if (!row) return { data: DEFAULT_CAUSE_PATTERNS, is_default: true, updated_at: null };
  const data = JSON.parse(row.patterns) as CausePattern[];
  return { data, is_default: false, updated_at: formatInstant(row.updated_at_ms) };
}

function replaceCausePatterns(
  context: StoreContext,
  workspace: string,
  { data }: CausePatternsInput,
): CausePatterns {
  context.db
    .query(
      `INSERT INTO cause_patterns (workspace, patterns, updated_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (workspace) DO UPDATE SET patterns = excluded.patterns, updated_at_ms = excluded.updated_at_ms`,
    )
    .run(workspace, JSON.stringify(data), context.now());
  return getCausePatterns(context, workspace);
}

/** Goes back to the default table. */
function resetCausePatterns({ db }: StoreContext, workspace: string): void {
  db.query("DELETE FROM cause_patterns WHERE workspace = ?").run(workspace);
}
