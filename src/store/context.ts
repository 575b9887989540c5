// What every store gets: the database, and time and chance as arguments.
import type { Database } from "bun:sqlite";
import type { NewId } from "../model/ids.ts";

export type StoreContext = {
  db: Database;
  /** Epoch milliseconds. */
  now: () => number;
  newId: NewId;
};

export type PageRequest = { page: number; perPage: number };
export type Page<T> = { data: T[]; total: number };

/** The part of a newest-first list that a page shows: how many rows to take and to pass over. */
export function limitsOf({ page, perPage }: PageRequest): { limit: number; offset: number } {
  return { limit: perPage, offset: (page - 1) * perPage };
}

/** Runs a function in one IMMEDIATE transaction: it sees and changes the store as if alone. */
export function inTransaction<T>(db: Database, body: () => T): T {
  return db.transaction(body).immediate();
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
