// What every store gets: the database, and time and chance as arguments.
import type { Database } from "bun:sqlite";
import type { NewId } from "../../model/ids.ts";
import type { ReportNews } from "../reportNews.ts";

export type StoreContext = {
  db: Database;
  /** Epoch milliseconds. */
  now: () => number;
  newId: NewId;
  /** Told of every report that this process changes. */
  news: ReportNews;
  /** What edits of schedules go by, when it is not `now`: the time as if the clock had not jumped, while it is held. */
  steadyNow?: () => number;
};

/** What of it a function needs that only reads. */
export type Reading = Pick<StoreContext, "db">;

/** Functions of a first argument, without it. */
type Bound<F> = {
  [K in keyof F]: F[K] extends (context: never, ...rest: infer A) => infer R ? (...rest: A) => R : never;
};

/**
 * The functions of a noun with what they work on given once: `bound(context, { get: getSite }).get(workspace, id)`
 * is `getSite(context, workspace, id)`.
 */
export function bound<C, F extends Record<string, (context: C, ...rest: never[]) => unknown>>(
  context: C,
  functions: F,
): Bound<F> {
  const entries = Object.entries(functions).map(([name, call]) => [
    name,
    (...rest: never[]) => call(context, ...rest),
  ]);
  return Object.fromEntries(entries) as Bound<F>;
}

export type PageRequest = { page: number; perPage: number };
export type Page<T> = { data: T[]; total: number };

/** What is told of a page beside its entries. */
export function pageMeta(total: number, { page, perPage }: PageRequest) {
  return { page, per_page: perPage, total, last_page: Math.max(1, Math.ceil(total / perPage)) };
}

/** Runs a function in one IMMEDIATE transaction: it sees and changes the store as if alone. */
export function inTransaction<T>(db: Database, body: () => T): T {
  return db.transaction(body).immediate();
}

/** Runs a function that only reads: all it sees is of one moment. It waits for nobody who writes. */
export function inReadTransaction<T>(db: Database, body: () => T): T {
  return db.transaction(body).deferred();
}

/** A condition of a WHERE clause with its parameters; `null` conditions are left out by `allOf`. */
export type Condition = { sql: string; params: (string | number)[] } | null;

/** Joins conditions by AND. */
export function allOf(conditions: Condition[]): { sql: string; params: (string | number)[] } {
  const kept = conditions.filter((condition) => condition !== null);
  return {
    sql: kept.map((condition) => `(${condition.sql})`).join(" AND ") || "1",
    params: kept.flatMap((condition) => condition.params),
  };
}

export type ListQuery = {
  columns: string;
  /** The table, or a join. */
  from: string;
  where: { sql: string; params: (string | number)[] };
  /** How the listed table is called in a join. */
  alias?: string;
};

/**
 * A page of the rows, newest first: by creation, then id, so that rows that come meanwhile change no order.
 * With the number of all rows that fit.
 */
export function newestPage<Row>(
  db: Database,
  { columns, from, where, alias }: ListQuery,
  { page, perPage }: PageRequest,
): { rows: Row[]; total: number } {
  const own = alias === undefined ? "" : `${alias}.`;
  const rows = db
    .query<Row, (string | number)[]>(
      `SELECT ${columns} FROM ${from} WHERE ${where.sql}
       ORDER BY ${own}created_at_ms DESC, ${own}id DESC LIMIT ? OFFSET ?`,
    )
    .all(...where.params, perPage, (page - 1) * perPage);
  const { total } = db
    .query<{ total: number }, (string | number)[]>(`SELECT count(*) AS total FROM ${from} WHERE ${where.sql}`)
    .get(...where.params) as { total: number };
  return { rows, total };
}

/** The condition that rows are of this workspace. */
export function ofWorkspace(workspace: string, alias?: string): { sql: string; params: string[] } {
  return { sql: `${alias === undefined ? "" : `${alias}.`}workspace = ?`, params: [workspace] };
}
