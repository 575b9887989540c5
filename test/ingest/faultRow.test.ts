// One row of a fault import, field by field: what is taken, and what a refusal says.
import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { checkFaultColumns, faultOfRow } from "../../src/ingest/faultRow.ts";
import type { Fields } from "../../src/ingest/rows.ts";
import { NinesError } from "../../src/model/errors.ts";
import { FaultInput } from "../../src/model/fault.ts";
import { isRefusal } from "../../src/store/importOutcome.ts";

const START = "2026-02-17T15:30:55Z";
const SITE = "site_2ayc4Yy6w3g7Y2j4g4g4Yy6w3g7";

function taken(fields: Fields) {
  const fault = faultOfRow({ site: "Bern", started_at: START, ...fields });
  return isRefusal(fault) ? expect.unreachable(`${fault.param} ${fault.reason}`) : fault;
}

function refused(fields: Fields): string {
  const fault = faultOfRow({ site: "Bern", started_at: START, ...fields });
  return isRefusal(fault) ? `${fault.param} ${fault.reason}` : "taken";
}

test("what a row does not say stays open to the store", () => {
  expect(taken({})).toMatchObject({
    site: "Bern",
    siteId: undefined,
    resourceId: undefined,
    type: undefined,
    severity: undefined,
    cause: undefined,
    message: undefined,
    externalId: null,
    startedAtMs: Date.parse(START),
    resolvedAtMs: null,
  });
});

test("times with any offset are taken, and of any precision", () => {
  const instants = [
    "2026-02-17T16:30:55+01:00",
    "2026-02-17t15:30:55z",
    "2026-02-17T15:30:55.000Z",
    "2026-02-17T10:00:55-05:30",
  ];
  for (const started_at of instants) expect(taken({ started_at }).startedAtMs).toBe(Date.parse(START));
});

test("a time without an offset, or one that does not exist, is refused", () => {
  const reason = "is not a time with an offset, such as 2026-02-01T08:00:00Z or 2026-02-01T09:00:00+01:00";
  const wrong = [
    "2026-02-17T15:30:55",
    "2026-02-17",
    "2026-02-30T08:00:00Z",
    "2026-02-17T24:00:00Z",
    "2026-02-17T15:60:00Z",
    "2026-02-17T15:30:60Z",
    "2026-02-17 15:30:55Z",
    "2026-02-17T15-30:55Z",
    "2026-02-17T15:30-55Z",
    "2026-02-17T1a:30:55Z",
    "1969-12-31T23:59:59Z",
    "2026/02/17T15:30:55Z",
    "02026-2-17T15:30:5Z",
    "yesterday",
  ];
  for (const started_at of wrong)
    expect(refused({ started_at })).toBe(`started_at '${started_at}' ${reason}`);
  expect(refused({ resolved_at: 1771342255 })).toBe(`resolved_at 1771342255 ${reason}`);
  expect(refused({ started_at: null })).toBe(`started_at null ${reason}`);
});

test("the start is created_at or started_at, or both when they are one time", () => {
  expect(taken({ started_at: START, created_at: "2026-02-17T16:30:55+01:00" }).startedAtMs).toBe(
    Date.parse(START),
  );
  expect(refused({ created_at: "2026-02-17T15:30:56Z" })).toBe(
    "started_at and created_at are two names of one time, but differ; give one of them",
  );
  const without = faultOfRow({ site: "Bern" });
  expect(without).toEqual({
    param: "started_at",
    reason: "is missing; an import needs the start of the outage, as started_at or created_at",
  });
});

test("an end before the start is refused, at the start it is taken", () => {
  expect(taken({ resolved_at: START }).resolvedAtMs).toBe(Date.parse(START));
  expect(refused({ resolved_at: "2026-02-17T15:30:54.999Z" })).toBe(
    "resolved_at (2026-02-17T15:30:54.999Z) lies before the start of the outage (2026-02-17T15:30:55.000Z)",
  );
});

test("severities are taken in any case", () => {
  expect(taken({ severity: "high" }).severity).toBe("HIGH");
  expect(taken({ severity: "Critical" }).severity).toBe("CRITICAL");
  expect(refused({ severity: "urgent" })).toBe("severity 'urgent' is not one of LOW, MEDIUM, HIGH, CRITICAL");
});

test("a misspelt field is refused, what an export has besides is not", () => {
  expect(refused({ resolvedat: START })).toStartWith(
    "resolvedat is not a field of a fault; fields are site, site_id,",
  );
  expect(refused(JSON.parse('{"__proto__": 1}'))).toStartWith("__proto__ is not a field of a fault");
  taken({ id: "flt_1", status: "resolved", updated_at: START, comments: [], site_name: "Bern" });
});

test("a row that names no site is refused", () => {
  for (const nowhere of [{}, { resource_id: null }]) {
    expect(faultOfRow({ started_at: START, ...nowhere })).toMatchObject({ param: "site" });
  }
});

test("texts that are too long, blank or of another kind say so", () => {
  expect(refused({ cause: "x".repeat(501) })).toBe("cause has 501 characters; at most 500 are allowed");
  expect(refused({ message: " \n" })).toBe("message is blank; give a text, or leave the field out");
  expect(refused({ message: 7 })).toBe("message must be text, but is 7");
  expect(refused({ site: null })).toBe("site must be text, but is null");
  expect(refused({ cause: "a\u0000b" })).toBe(
    "cause has a control character ('a\ufffdb'); only line breaks and tabs are allowed",
  );
  expect(refused({ type: "two words" })).toBe(
    "type 'two words' is not one word of up to 64 letters, digits and _ . : -, such as 'site'",
  );
  expect(refused({ site_id: "site_1" })).toBe(
    "site_id 'site_1' is not an id: 'site_' and 27 letters or digits",
  );
});

test("a long wrong value is shown in part", () => {
  expect(refused({ type: "x y".repeat(1000) }).length).toBeLessThan(160);
});

/** Values around the borders of each field that an import reads as a request does. */
const BORDERS: Record<string, unknown[]> = {
  site_id: [SITE, SITE.slice(0, -1), `${SITE}0`, "site_", "", 1, null, {}],
  resource_id: [SITE.replace("site", "wan"), SITE, "", null, 0],
  type: ["site", "x".repeat(64), "x".repeat(65), "", "-a", "a_.:-9", "ä", "a b", "a\n", null, 1],
  cause: [
    "x",
    "x".repeat(500),
    "x".repeat(501),
    "🙂".repeat(250),
    "🙂".repeat(251),
    "",
    " ",
    "\u00a0",
    "\u2028",
    "a\tb\r\n",
    "\u007f",
    "\u000b",
    null,
    1,
    [],
  ],
  message: ["x".repeat(5000), "x".repeat(5001), "", "\u0001", "a\u0085", "\ud800", null, false],
  external_id: ["x".repeat(200), "x".repeat(201), "", " ", "a b", null, 5],
  created_at: [
    START,
    "2026-02-17",
    "2026-02-29T00:00:00Z",
    "2028-02-29T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00+00:01",
    "",
    null,
    1,
  ],
  resolved_at: [
    "2026-02-17T15:30:55.1Z",
    "9999-12-31T23:59:59Z",
    "2026-13-01T00:00:00Z",
    "2026-02-17T23:59:60Z",
    "2026-02-17T23:59:59+24:00",
    null,
    "",
  ],
  severity: ["LOW", "MEDIUM", "HIGH", "CRITICAL", "", null, 1, "NONE"],
};

test("an import draws its limits where a request does", () => {
  for (const [field, values] of Object.entries(BORDERS)) {
    for (const value of values) {
      const rest =
        field === "created_at" ? { site: "Bern" } : { site: "Bern", created_at: "1970-01-01T00:00:00Z" };
      const isTaken = !isRefusal(faultOfRow({ ...rest, [field]: value }));
      const fits = Value.Check(FaultInput, { [field]: value });
      expect(`${field} ${JSON.stringify(value)} ${isTaken}`).toBe(
        `${field} ${JSON.stringify(value)} ${fits}`,
      );
    }
  }
});

test("a header with an unknown column, or without start or site, is refused before any row", () => {
  const refusal = (...columns: string[]) => {
    try {
      checkFaultColumns(columns);
      return null;
    } catch (error) {
      return error instanceof NinesError ? [error.reason, error.param] : error;
    }
  };
  expect(refusal("site", "started_at", "resolved_at", "status", "comments")).toBeNull();
  expect(refusal("site", "started_at", "resolvedat")).toEqual(["parameter_unknown", "resolvedat"]);
  expect(refusal("site", "started_at", "")).toEqual(["parameter_unknown", ""]);
  expect(refusal("site", "resolved_at")).toEqual(["parameter_missing", "started_at"]);
  expect(refusal("created_at", "resolved_at")).toEqual(["parameter_missing", "site"]);
});
