// What a server has acknowledged to a client, and what it was asked without an answer: after a crash the first
// must be there, the second may.
import type { Answer, Client, Json } from "../support/server.ts";

/** What is known of a fault: every state that it may be in, only one when all was answered. */
type KnownFault = { causes: Set<string>; comments: Set<string>; doubtfulComments: Set<string> };
type KnownRun = { scheduleId: string; range: { from_date: string; to_date: string } };

export type Journal = ReturnType<typeof emptyJournal>;

/** A journal of a client that starts from nothing. */
export function emptyJournal() {
  return {
    faults: new Map<string, KnownFault>(),
    doubtfulDeletions: new Set<string>(),
    deletedFaults: new Set<string>(),
    sites: new Set<string>(),
    /** Reports whose run was accepted. */
    reports: new Set<string>(),
    deletedReports: new Set<string>(),
    doubtfulReportDeletions: new Set<string>(),
    /** Runs without an answer, by their idempotency key. */
    doubtfulRuns: new Map<string, KnownRun>(),
    /** Imports that were answered: external ids begin with the name, and so many rows. */
    imports: new Map<string, number>(),
    doubtfulImports: new Map<string, number>(),
    /** SHA-256 of every file that was downloaded. */
    files: new Map<string, string>(),
    touched: new Set<string>(),
    counts: { acknowledged: 0, unanswered: 0, downloads: 0, refused: 0, moves: 0 },
  };
}

/** A fault that was acknowledged. */
export function knownFault(cause: string): KnownFault {
  return { causes: new Set([cause]), comments: new Set(), doubtfulComments: new Set() };
}

/** What is wrong with a fault, compared with the journal; null when nothing is. Doubts about it end here. */
export function faultProblem(journal: Journal, id: string, answer: Answer): string | null {
  const known = journal.faults.get(id);
  if (!known) return null;
  if (answer.status === 404) {
    if (!journal.doubtfulDeletions.delete(id)) return `fault ${id} is lost`;
    journal.faults.delete(id);
    journal.deletedFaults.add(id);
    return null;
  }
  if (answer.status !== 200) return `fault ${id} answers ${answer.status}`;
  journal.doubtfulDeletions.delete(id);
  const { cause } = answer.body as { cause: string };
  if (!known.causes.has(cause)) return `fault ${id} has the cause ${cause}, not ${[...known.causes]}`;
  known.causes = new Set([cause]);
  const texts = new Set((answer.body.comments as Json[]).map(({ text }: Json) => text as string));
  const lost = [...known.comments].filter((text) => !texts.has(text));
  if (lost.length > 0) return `fault ${id} lost the comments ${lost}`;
  const unknown = [...texts].filter((text) => !known.comments.has(text) && !known.doubtfulComments.has(text));
  if (unknown.length > 0) return `fault ${id} has comments from nowhere: ${unknown}`;
  known.comments = texts;
  known.doubtfulComments.clear();
  return null;
}

/** Asks again for what got no answer: the same key or file must complete it, not double it. */
export async function settleDoubts(journal: Journal, client: Client): Promise<string[]> {
  const problems: string[] = [];
  for (const [key, { scheduleId, range }] of journal.doubtfulRuns) {
    const answer = await client.post(`/reports/sla/schedules/${scheduleId}/run`, range, {
      "Idempotency-Key": key,
    });
    if (answer.status === 429) continue;
    if (answer.status === 202) journal.reports.add(answer.body.report_id);
    else problems.push(`run ${key} asked again answers ${answer.status}`);
    journal.doubtfulRuns.delete(key);
  }
  for (const [name, rows] of journal.doubtfulImports) {
    const answer = await client.send("POST", "/fault/import", importRows(journal, name, rows), "text/csv");
    const { created, unchanged, refused } = answer.body as Json;
    if (created + unchanged !== rows) problems.push(`import ${name}: ${created}+${unchanged}, ${refused}`);
    journal.imports.set(name, rows);
    journal.doubtfulImports.delete(name);
  }
  for (const id of journal.doubtfulReportDeletions) {
    const answer = await client.get(`/reports/sla/reports/${id}`);
    if (answer.status === 404) journal.deletedReports.add(id);
    journal.doubtfulReportDeletions.delete(id);
  }
  return problems;
}

/** An import of so many faults, all of the past; the same name gives the same bytes. */
export function importRows(journal: Journal, name: string, rows: number): string {
  const [site] = journal.sites;
  const lines = Array.from({ length: rows }, (_, row) => {
    const startedAt = new Date(Date.UTC(2024, 0, 1) + row * 3_600_000).toISOString();
    const resolvedAt = new Date(Date.UTC(2024, 0, 1) + row * 3_600_000 + 60_000).toISOString();
    return `${site},${name}-${row},${startedAt},${resolvedAt},imported`;
  });
  return `site_id,external_id,started_at,resolved_at,cause\n${lines.join("\n")}\n`;
}
