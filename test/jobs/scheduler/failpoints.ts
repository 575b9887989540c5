// A database that fails at a statement of the test's choice: once, as a full disk does, or from there on, as
// a process that was killed. Transactions roll back as they do for any other error.
import type { Database } from "bun:sqlite";

export type Failure = {
  /** The statement that fails, counted from 1. */
  statement: number;
  /** Whether it takes effect all the same; in a transaction that is rolled back, it does not. */
  place: "before" | "after";
  kind: "error" | "kill";
};

export type Failpoints = {
  db: Database;
  arm: (failure: Failure) => void;
  disarm: () => void;
  /** From now on nothing is read or written any more. */
  kill: () => void;
  isKilled: () => boolean;
  /** How many failures there were. */
  failures: () => number;
};

export class Failed extends Error {}

const EXECUTING = new Set<string | symbol>(["run", "get", "all", "values"]);

/** Wraps a database; what goes around the wrapper never fails. */
export function withFailpoints(real: Database): Failpoints {
  let armed: Failure | null = null;
  let isKilled = false;
  let failures = 0;
  const failIfDue = (place: Failure["place"]) => {
    if (isKilled) throw new Failed("killed");
    if (armed === null || armed.place !== place) return;
    if (--armed.statement > 0) return;
    isKilled = armed.kind === "kill";
    armed = null;
    failures++;
    throw new Failed(isKilled ? "killed" : "database or disk is full");
  };
  const guarded =
    <A extends unknown[], R>(body: (...args: A) => R) =>
    (...args: A): R => {
      failIfDue("before");
      const result = body(...args);
      failIfDue("after");
      return result;
    };
  const wrap = <T extends object>(
    target: T,
    onMethod: (name: string | symbol, method: unknown) => unknown,
  ): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === "function" ? onMethod(name, value.bind(target)) : value;
      },
    });
  const statement = (made: object) =>
    wrap(made, (name, method) => (EXECUTING.has(name) ? guarded(method as () => unknown) : method));
  const db = wrap(real, (name, method) => {
    if (name === "run") return guarded(method as () => unknown);
    if (name !== "query" && name !== "prepare") return method;
    return (sql: string) => {
      if (isKilled) throw new Failed("killed");
      return statement((method as (sql: string) => object)(sql));
    };
  });
  return {
    db,
    arm: (failure) => {
      armed = { ...failure };
    },
    disarm: () => {
      armed = null;
    },
    kill: () => {
      isKilled = true;
    },
    isKilled: () => isKilled,
    failures: () => failures,
  };
}
