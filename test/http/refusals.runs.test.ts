// What is refused of on-demand runs: dates, ranges, zones' tomorrows, idempotency keys.
import { aSchedule } from "../support/server.ts";
import { nothingThere, type Refused, testRefusals, wrongFields } from "./refused.ts";
import { aWorld, unknownId } from "./world.ts";

const world = await aWorld();
const { client, mine, foreign } = world;
const RUN = `/reports/sla/schedules/${mine.schedule}/run`;
const JANUARY = { from_date: "2026-01-01", to_date: "2026-01-31" };

const scheduleIn = async (timezone: string): Promise<string> =>
  `/reports/sla/schedules/${(await client.post("/reports/sla/schedules", aSchedule({ timezone }))).body.id}/run`;
const inLosAngeles = await scheduleIn("America/Los_Angeles");
const inKiritimati = await scheduleIn("Pacific/Kiritimati");
await client.post(RUN, JANUARY, { "Idempotency-Key": "january" });
for (;;) {
  const { body } = await client.get(`/reports/sla/reports?schedule_id=${mine.schedule}`);
  if (body.meta.total === 1) break;
  await Bun.sleep(10);
}

const WRONG_DATES = [
  "2026-02-30",
  "2026-13-01",
  "2026-00-10",
  "2026-01-00",
  "2025-02-29",
  "1900-02-29",
  "2026-1-1",
  "26-01-01",
  "2026/01/01",
  "01.01.2026",
  "20260101",
  "2026-01-01T00:00:00Z",
  "2026-01-01 ",
  " 2026-01-01",
  "+002026-01-01",
  "-2026-01-01",
  "2026-01-0١",
  "yesterday",
  "",
  "x".repeat(10_000),
  20260101,
  null,
  true,
  ["2026-01-01"],
  { date: "2026-01-01" },
];

const range = (from_date: string, to_date: string) => ({ from_date, to_date });
const refusedRange = (title: string, json: unknown, param: string, more: Partial<Refused> = {}): Refused => ({
  title,
  method: "POST",
  path: RUN,
  json,
  code: "invalid_date_range",
  param,
  ...more,
});
/** At three in the morning in UTC it is still the evening before in Los Angeles. */
const THREE_IN_UTC = Date.parse("2026-02-18T03:00:00Z");

const table: Refused[] = [
  ...wrongFields(
    "POST",
    RUN,
    JANUARY,
    WRONG_DATES.flatMap((value) => [
      ["from_date", value, "from_date", "invalid_date_range"] as const,
      ["to_date", value, "to_date", "invalid_date_range"] as const,
    ]).map((wrong) => [...wrong]),
  ),
  refusedRange("from after to", range("2026-01-31", "2026-01-01"), "from_date"),
  refusedRange("from equal to to", range("2026-01-15", "2026-01-15"), "from_date"),
  refusedRange("to is tomorrow", range("2026-02-01", "2026-02-19"), "to_date"),
  refusedRange("from is tomorrow too", range("2026-02-19", "2026-02-20"), "from_date"),
  refusedRange("to is years ahead", range("2026-02-01", "2126-02-01"), "to_date"),
  refusedRange("to is the last date there is", range("2026-02-01", "9999-12-31"), "to_date"),
  refusedRange("367 days", range("2025-01-01", "2026-01-02"), "to_date"),
  refusedRange("367 days with a leap day", range("2024-01-01", "2025-01-01"), "to_date"),
  refusedRange("half a century", range("1970-01-01", "2026-01-01"), "to_date"),
  refusedRange(
    "today of UTC, which Los Angeles calls tomorrow",
    range("2026-02-01", "2026-02-18"),
    "to_date",
    {
      path: inLosAngeles,
      atMs: THREE_IN_UTC,
    },
  ),
  refusedRange(
    "tomorrow of UTC, a day after Los Angeles' tomorrow",
    range("2026-02-01", "2026-02-19"),
    "to_date",
    {
      path: inLosAngeles,
      atMs: THREE_IN_UTC,
    },
  ),
  refusedRange(
    "tomorrow of Kiritimati, where it is the 19th already",
    range("2026-02-01", "2026-02-20"),
    "to_date",
    {
      path: inKiritimati,
    },
  ),
  refusedRange(
    "tomorrow of Kiritimati a moment before its midnight",
    range("2026-02-01", "2026-02-19"),
    "to_date",
    {
      path: inKiritimati,
      atMs: Date.parse("2026-02-18T09:59:59.999Z"),
    },
  ),
  refusedRange("tomorrow a moment before midnight in UTC", range("2026-02-01", "2026-02-19"), "to_date", {
    atMs: Date.parse("2026-02-18T23:59:59.999Z"),
  }),
  refusedRange("no from_date", { to_date: "2026-01-31" }, "from_date", { code: "parameter_missing" }),
  refusedRange("no to_date", { from_date: "2026-01-01" }, "to_date", { code: "parameter_missing" }),
  refusedRange("no date at all", {}, "from_date", { code: "parameter_missing" }),
  refusedRange("an unknown field", { ...JANUARY, format: "pdf" }, "format", { code: "parameter_unknown" }),
  refusedRange("a read-only field of the schedule", { ...JANUARY, id: mine.schedule }, "id", {
    code: "parameter_unknown",
  }),
  refusedRange("the key of a prototype", undefined, "__proto__", {
    raw: '{"from_date":"2026-01-01","to_date":"2026-01-31","__proto__":{"admin":true}}',
    headers: { "Content-Type": "application/json" },
    code: "parameter_unknown",
  }),
  refusedRange("a query parameter", JANUARY, "wait", { path: `${RUN}?wait=true`, code: "parameter_unknown" }),
  refusedRange("the same key with other dates", range("2026-01-01", "2026-01-30"), "Idempotency-Key", {
    headers: { "Idempotency-Key": "january" },
    code: "idempotency_key_reused",
  }),
  refusedRange("the same key for another schedule", JANUARY, "Idempotency-Key", {
    path: inKiritimati,
    headers: { "Idempotency-Key": "january" },
    code: "idempotency_key_reused",
  }),
  refusedRange("a bad range, although the key is known", range("2026-01-01", "2026-01-01"), "from_date", {
    headers: { "Idempotency-Key": "january" },
  }),
  ...["", "two words", "k".repeat(256), "schlüssel", "tab\tinside"].map((key) =>
    refusedRange(`the idempotency key '${key.slice(0, 20)}'`, JANUARY, "Idempotency-Key", {
      headers: { "Idempotency-Key": key },
      code: "parameter_invalid",
    }),
  ),
  ...nothingThere(
    "POST",
    (id) => `/reports/sla/schedules/${id}/run`,
    { unknown: unknownId("sla"), foreign: foreign.schedule },
    JANUARY,
  ),
];

testRefusals(world, "runs", 80, table);
