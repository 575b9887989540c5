// Lending the write lock to a thread: others wait for it without holding up anybody, and have their turn between.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { writeLockOf } from "../../../src/store/database/writeLock.ts";
import { aStore } from "../aStore.ts";

type Lock = ReturnType<typeof writeLockOf>;
let lock: Lock;
let close: () => void;
beforeEach(() => {
  const { db } = aStore().context;
  lock = writeLockOf(db);
  close = () => db.close();
});
afterEach(() => close());

/** A lending under way; `end` settles it. */
function lending(events: string[] = [], name = "lent") {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const whole = lock.lend(
    async () => {
      events.push(`${name} begins`);
      begin();
      await promise;
      events.push(`${name} ends`);
    },
    { patienceMs: 1000, onWanted: () => events.push("wanted") },
  );
  return { begun, end: resolve, whole };
}

test("who wants to write waits until it is returned, and says that it waits", async () => {
  const events: string[] = [];
  const { begun, end, whole } = lending(events);
  await begun;
  expect(lock.isFree()).toBe(false);
  const write = lock.whenFree().then(() => events.push("written"));
  end();
  await Promise.all([whole, write]);
  expect(events).toEqual(["lent begins", "wanted", "lent ends", "written"]);
  expect(lock.isFree()).toBe(true);
});

test("who was told that it is free writes before it is lent", async () => {
  const events: string[] = [];
  const write = lock.whenFree().then(() => setImmediate(() => events.push("written")));
  const { begun, end, whole } = lending(events);
  await Promise.all([write, begun]);
  expect(events).toEqual(["written", "lent begins"]);
  end();
  await whole;
});

test("it is lent to one after the other, and who waits has a turn between them", async () => {
  const events: string[] = [];
  const [first, second] = [lending(events, "first"), lending(events, "second")];
  await first.begun;
  const write = lock.whenFree().then(() => setImmediate(() => events.push("written")));
  first.end();
  second.end();
  await Promise.all([first.whole, second.whole, write]);
  expect(events).toEqual(["first begins", "wanted", "first ends", "written", "second begins", "second ends"]);
});

test("who waits longer than it may is told that it is locked, and so the next one that would be lent it is not", async () => {
  const { begun, end, whole } = lending();
  await begun;
  await expect(lock.whenFree(1)).rejects.toMatchObject({ code: "SQLITE_BUSY" });
  end();
  await whole;
  await lock.whenFree(1);
});

test("what fails while it is lent returns it", async () => {
  const failing = lock.lend(() => Promise.reject(new Error("broken")), {
    patienceMs: 1000,
    onWanted: () => {},
  });
  await expect(failing).rejects.toThrow("broken");
  await lock.whenFree(0);
  expect(lock.isFree()).toBe(true);
});
