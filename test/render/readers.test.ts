// The pool of reader threads: turns, bounds, and every way in which a computation ends.
import { afterEach, expect, test } from "bun:test";
import { NinesError } from "../../src/model/errors.ts";
import type { UptimeAsk } from "../../src/render/makeUptime.ts";
import { READER_LIMITS, type ReaderLimits, startReaders } from "../../src/render/readers.ts";

const pools: ReturnType<typeof startReaders>[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.stop();
});

function poolWith(limits: Partial<ReaderLimits> = {}) {
  const pool = startReaders("/nonexistent", {
    limits: { threads: 1, ...READER_LIMITS, ...limits },
    script: new URL("./endlessReader.ts", import.meta.url),
  });
  pools.push(pool);
  return pool;
}

function asked(workspace: string, timezone = "UTC"): UptimeAsk {
  return {
    kind: "uptime",
    workspace,
    timezone,
    window: { startMs: 0, endMs: 1 },
    selection: { mode: "all" },
    hoursId: null,
    ignorePower: false,
    maintenanceCountsAs: "excluded",
    grouping: null,
  };
}

type Options = { timezone?: string; signal?: AbortSignal; onWork?: (units: number) => void };

function ask(pool: ReturnType<typeof startReaders>, workspace: string, options: Options = {}) {
  const { timezone, signal = new AbortController().signal, onWork = () => {} } = options;
  return pool
    .read(asked(workspace, timezone), { signal, onWork })
    .then((bytes) => new TextDecoder().decode(bytes));
}

/** Asks for what never ends; tells when it is being computed, how it ends, and how to abort it. */
function askEndlessly(pool: ReturnType<typeof startReaders>, workspace: string) {
  const aborting = new AbortController();
  const begun = Promise.withResolvers<number>();
  const ended = ask(pool, workspace, {
    timezone: "endless",
    signal: aborting.signal,
    onWork: begun.resolve,
  }).catch((error: unknown) => (error instanceof NinesError ? error.reason : String(error)));
  return { begun: begun.promise, ended, abort: () => aborting.abort() };
}

test("what it costs is told before it is computed", async () => {
  const endless = askEndlessly(poolWith(), "a");
  expect(await endless.begun).toBe(7);
});

test("a computation whose request ends is ended with its thread, and the next one is computed", async () => {
  const pool = poolWith();
  const endless = askEndlessly(pool, "a");
  const next = ask(pool, "a");
  await endless.begun;
  endless.abort();
  expect([await endless.ended, await next]).toEqual(["computation_unavailable", "a"]);
});

test("one that waits is forgotten when its request ends, and one that has ended already never waits", async () => {
  const pool = poolWith({ waitingOfOne: 1 });
  const endless = askEndlessly(pool, "a");
  const waiting = askEndlessly(pool, "a");
  waiting.abort();
  expect(await waiting.ended).toBe("computation_unavailable");
  const ended = ask(pool, "a", { signal: AbortSignal.abort() });
  expect(await ended.catch(({ reason }) => reason)).toBe("computation_unavailable");
  const next = ask(pool, "a");
  endless.abort();
  expect(await next).toBe("a");
});

test("one that takes too long is ended, whether it runs or waits, and the next one is computed", async () => {
  const pool = poolWith({ timeMs: 1000 });
  const [running, waiting] = [askEndlessly(pool, "a"), askEndlessly(pool, "a")];
  const reasons = [await running.ended, await waiting.ended];
  expect(reasons).toEqual(["computation_unavailable", "computation_unavailable"]);
  expect(await ask(pool, "a")).toBe("a");
});

test("workspaces take turns, however many computations of one wait", async () => {
  const pool = poolWith();
  const order: string[] = [];
  const names = ["busy", "busy", "busy", "quiet", "busy", "other"];
  await Promise.all(names.map((name) => ask(pool, name).then((answer) => order.push(answer))));
  expect(order).toEqual(["busy", "quiet", "other", "busy", "busy", "busy"]);
});

test("one workspace leaves a thread to the others", async () => {
  const pool = poolWith({ threads: 2 });
  const endless = askEndlessly(pool, "busy");
  const waiting = askEndlessly(pool, "busy");
  await endless.begun;
  expect(await ask(pool, "quiet")).toBe("quiet");
  endless.abort();
  expect(await waiting.begun).toBe(7);
});

test("so many may wait of one workspace, and so many in all; who is refused is told when to come again", async () => {
  const pool = poolWith({ waitingOfOne: 2, waiting: 3 });
  const refused = async (workspace: string) => {
    const error = await ask(pool, workspace).catch((thrown: unknown) => thrown);
    return error instanceof NinesError ? [error.reason, Number(error.headers["Retry-After"]) > 0] : error;
  };
  const held = ["a", "a", "a", "b"].map((name) => askEndlessly(pool, name));
  expect(await refused("a")).toEqual(["too_many_computations", true]);
  expect(await refused("c")).toEqual(["computation_unavailable", true]);
  for (const { abort } of held) abort();
  expect(await ask(pool, "a")).toBe("a");
});

test("stopping ends what runs and what waits, and refuses what comes after", async () => {
  const pool = poolWith();
  const [running, waiting] = [askEndlessly(pool, "a"), askEndlessly(pool, "a")];
  await running.begun;
  pool.stop();
  expect(await Promise.all([running.ended, waiting.ended])).toEqual([
    "computation_unavailable",
    "computation_unavailable",
  ]);
  expect(await ask(pool, "a").catch(({ reason }) => reason)).toBe("computation_unavailable");
});

test("a thread that cannot start fails its computation, and no other waits for it", async () => {
  const pool = startReaders("/nonexistent", {
    limits: { threads: 1, ...READER_LIMITS },
    script: new URL("./isNotThere.ts", import.meta.url),
  });
  pools.push(pool);
  const failures = await Promise.all(
    ["a", "b"].map((name) => ask(pool, name).catch((error: Error) => error.message)),
  );
  for (const failure of failures) expect(failure).toContain("reader thread");
});
