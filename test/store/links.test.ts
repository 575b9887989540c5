// Links in messages: a sending that is repeated has the link that it had.
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { LinkMaker } from "../../src/store/links.ts";
import { aRun, aStore, START, type TestStore } from "./aStore.ts";

const DAY_MS = 86_400_000;
let store: TestStore;
let reportId: string;
beforeEach(() => {
  store = aStore();
  reportId = store.runs.enqueue(aRun());
});
afterEach(() => store.close());

const linkOf = (maker: LinkMaker, artefact: "pdf" | "csv" = "pdf") =>
  store.links.create("acme", { reportId, artefact, maker, expiresAtMs: store.clock.nowMs + 7 * DAY_MS });
const message = (round = 1, deliveryId = "dlv_1") => linkOf({ deliveryId, round });

test("one that is tried again has the same link, with the same end", () => {
  const first = message();
  store.clock.nowMs += 3_600_000;
  expect(message()).toEqual(first);
});

test("another sending, another message, another file and a token have links of their own", () => {
  const links = [
    message(),
    message(2),
    message(1, "dlv_2"),
    linkOf({ deliveryId: "dlv_1", round: 1 }, "csv"),
    linkOf({ subject: "ada" }),
    linkOf({ subject: "ada" }),
  ];
  expect(new Set(links.map((link) => link?.id)).size).toBe(6);
});

test("one whose link was revoked or has expired meanwhile gets a new one", () => {
  const first = message();
  store.links.revoke("acme", { reportId, linkId: first?.id ?? "" });
  const second = message();
  store.clock.nowMs += 7 * DAY_MS;
  const third = message();
  expect(new Set([first?.id, second?.id, third?.id]).size).toBe(3);
});

test("a report that is not there gets none", () => {
  expect(
    store.links.create("other", { reportId, artefact: "pdf", maker: { subject: "ada" }, expiresAtMs: START }),
  ).toBe(null);
});

test("since when links are kept is noted once", () => {
  store.links.keepFromNow();
  store.clock.nowMs += DAY_MS;
  store.links.keepFromNow();
  expect(store.links.keptSinceMs()).toBe(START);
});
