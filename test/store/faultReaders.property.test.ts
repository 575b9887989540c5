// The readers of faults give what a plain filter over all faults gives, whatever lengths and windows there are.
import { afterAll, expect, test } from "bun:test";
import fc from "fast-check";
import { readFaultSpans } from "../../src/store/faultSpans.ts";
import { readReportFaults } from "../../src/store/reportFaults.ts";
import { findSiteById } from "../../src/store/sites.ts";
import { findLink } from "../../src/store/wanLinks.ts";
import { aStore } from "./aStore.ts";

const DAY = 86_400_000;
const FIRST = Date.parse("2020-01-01T00:00:00Z");
const YEARS = 6 * 365 * DAY;

const store = aStore();
const { db } = store.context;
afterAll(() => store.close());
const site = (workspace: string, name: string) => {
  const { id, wan_links } = store.sites.create(workspace, { name, wan_links: [{ name: "Fibre" }] });
  const key = findSiteById({ db }, workspace, id)?.seq as number;
  return { seq: key, link: findLink({ db }, workspace, wan_links[0]?.id ?? "")?.seq as number };
};
const sites = [site("acme", "Zurich"), site("acme", "Bern"), site("other", "Geneva")] as const;
for (const text of ["power", "fibre cut"]) db.run("INSERT INTO causes (text) VALUES (?)", [text]);

/** Lengths on, below and above every border of the length classes, up to four years; null is open. */
const length = fc.oneof(
  fc.constantFrom(0, 1, DAY - 1, DAY, DAY + 1, 32 * DAY, 32 * DAY + 1, 1024 * DAY, 1024 * DAY + 1, null),
  fc.integer({ min: 0, max: 2 * DAY }),
  fc.integer({ min: 0, max: 4 * 365 * DAY }),
);
/** Instants that often fall on each other. */
const instant = fc.oneof(
  fc.integer({ min: 0, max: 72 }).map((month) => FIRST + month * 30 * DAY),
  fc.integer({ min: FIRST, max: FIRST + YEARS }),
);
const fault = fc.record({
  site: fc.nat({ max: 2 }),
  onLink: fc.boolean(),
  type: fc.constantFrom("site", "site", "wantunnel", "info"),
  start: instant,
  length,
  cause: fc.constantFrom(1, 2, null),
});
type Drawn = {
  site: number;
  onLink: boolean;
  type: string;
  start: number;
  length: number | null;
  cause: number | null;
};
const window = fc.tuple(instant, fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 * DAY })));

const endOf = ({ start, length: lasts }: Drawn) => (lasts === null ? null : start + lasts);
const insert = db.prepare(
  `INSERT INTO faults (id, workspace, site_seq, link_seq, type, severity, cause_seq, started_at_ms, resolved_at_ms, updated_at_ms)
   VALUES (?, ?, ?, ?, ?, 'LOW', ?, ?, ?, 0)`,
);
const put = db.transaction((faults: readonly Drawn[]) => {
  db.run("DELETE FROM faults");
  faults.forEach((one, index) => {
    const { seq, link } = sites[one.site] as (typeof sites)[number];
    const workspace = one.site === 2 ? "other" : "acme";
    insert.run(
      `flt_${index}`,
      workspace,
      seq,
      one.onLink ? link : null,
      one.type,
      one.cause,
      one.start,
      endOf(one),
    );
  });
});

const bySpan = (a: readonly number[], b: readonly number[]) => (String(a) < String(b) ? -1 : 1);

test("counted spans: all faults of type site, on no link, that touch the window, by start", () => {
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 40 }), window, fc.boolean(), (faults, [from, lasts], isAll) => {
      put(faults);
      const to = from + lasts;
      const withoutCauses = isAll ? [] : [1];
      const read = readFaultSpans(
        { db },
        { startMs: from, endMs: to },
        [sites[1].seq, sites[0].seq],
        withoutCauses,
      );
      for (const [place, index] of [1, 0].entries()) {
        const [first = 0, next = 0] = [read.firstRows[place], read.firstRows[place + 1]];
        const starts = [...read.starts.slice(first, next)];
        const ends = [...read.ends.slice(first, next)];
        expect(starts).toEqual([...starts].sort((a, b) => a - b));
        const spans = starts.map((start, i) => [start, ends[i] as number]);
        // Faults of the day before may be among them although they ended before the window.
        for (const [start = 0] of spans)
          expect(start >= from - DAY || touches(spans, start, from)).toBe(true);
        const touching = spans.filter(([, end = 0]) => end < 0 || end > from);
        const wanted = faults
          .filter((one) => one.site === index && one.type === "site" && !one.onLink)
          .filter((one) => one.cause === null || !withoutCauses.includes(one.cause))
          .filter((one) => one.start < to && (endOf(one) ?? Number.POSITIVE_INFINITY) > from)
          .map((one) => [one.start, endOf(one) ?? -1]);
        expect(touching.sort(bySpan)).toEqual(wanted.sort(bySpan));
      }
    }),
    { numRuns: 200 },
  );
});

const touches = (spans: number[][], start: number, from: number) =>
  spans.some(([other, end = 0]) => other === start && (end < 0 || end > from));

test.each([1, DAY - 1, DAY, DAY + 1, 32 * DAY, 32 * DAY + 1, 1024 * DAY, 1024 * DAY + 1, 4 * 365 * DAY])(
  "a fault that lasted %d ms is read as long as its last millisecond lies in the window",
  (lasts) => {
    const start = FIRST;
    put([{ site: 0, onLink: false, type: "site", start, length: lasts, cause: null }]);
    for (const [from, isRead] of [
      [start + lasts - 1, true],
      [start + lasts, false],
    ] as const) {
      const oneDay = { startMs: from, endMs: from + DAY };
      const { starts, ends } = readFaultSpans({ db }, oneDay, [sites[0].seq]);
      const touching = starts.filter((one, index) => one === start && (ends[index] as number) > from);
      expect(touching.length).toBe(isRead ? 1 : 0);
      expect(readReportFaults({ db }, sites[0].seq, oneDay)).toHaveLength(isRead ? 1 : 0);
    }
  },
);

test("full faults: of every type, that touch the window or lie in it without length, by start", () => {
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 40 }), window, (faults, [from, lasts]) => {
      put(faults);
      const to = from + lasts;
      for (const [index, { seq }] of sites.entries()) {
        const wanted = faults
          .map((one, position) => ({ one, id: `flt_${position}` }))
          .filter(({ one }) => one.site === index && one.start < to)
          .filter(({ one }) => one.start >= from || (endOf(one) ?? Number.POSITIVE_INFINITY) > from)
          .sort((a, b) => a.one.start - b.one.start);
        const read = readReportFaults({ db }, seq, { startMs: from, endMs: to });
        expect(read.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
      }
    }),
    { numRuns: 200 },
  );
});

test("a fault is read with its comments, oldest first", () => {
  put([{ site: 0, onLink: false, type: "site", start: FIRST, length: null, cause: 1 }]);
  store.faults.comment("acme", "flt_0", { author: "ann", text: "seen" });
  store.faults.comment("acme", "flt_0", { author: "bob", text: "mended" });
  const [read] = readReportFaults({ db }, sites[0].seq, { startMs: FIRST, endMs: FIRST + DAY });
  expect(read).toMatchObject({ cause: "power", linkId: null });
  expect(read?.comments.map(({ author, text }) => [author, text])).toEqual([
    ["ann", "seen"],
    ["bob", "mended"],
  ]);
});
