// What is refused of business hours and maintenance windows.
import { nothingThere, type Refused, testRefusals, wrongFields, wrongQueries } from "./refused.ts";
import { aWorld, OFFICE, unknownId } from "./world.ts";

const world = await aWorld();
const { mine, foreign } = world;
const hours = { name: "Shop", timezone: "Europe/Zurich", days: OFFICE };
const window = { name: "Upgrade", starts_at: "2026-02-01T00:00:00Z", ends_at: "2026-02-01T02:00:00Z" };
const hoursIds = { unknown: unknownId("bh"), foreign: foreign.hours };
const windowIds = { unknown: unknownId("mw"), foreign: foreign.window };
const monday = (start: unknown, end: unknown) => ({ monday: [{ start, end }] });

const table: Refused[] = [
  ...wrongFields("POST", "/business-hours", hours, [
    ["name", ""],
    ["name", "x".repeat(101)],
    ["name", 5],
    ["timezone", "europe/zurich"],
    ["timezone", ""],
    ["timezone", 1],
    ["days", null],
    ["days", []],
    ["days", {}],
    ["days", { monday: [], sunday: [] }],
    ["days", { Monday: OFFICE.monday }, "days.Monday", "parameter_unknown"],
    ["days", { monday: "08:00-17:00" }, "days.monday"],
    ["days", { monday: [{ start: "08:00" }] }, "days.monday[0].end", "parameter_missing"],
    ["days", monday("8:00", "17:00"), "days.monday[0].start"],
    ["days", monday("08:00", "24:01"), "days.monday[0].end"],
    ["days", monday("08:60", "17:00"), "days.monday[0].start"],
    ["days", monday("08:00:00", "17:00"), "days.monday[0].start"],
    ["days", monday("24:00", "08:00"), "days.monday[0].start"],
    ["days", monday(800, 1700), "days.monday[0].start"],
    ["days", { friday: Array(25).fill({ start: "08:00", end: "09:00" }) }, "days.friday"],
    ["holidays", "2026-12-25"],
    ["holidays", ["2026-12-32"], "holidays[0]"],
    ["holidays", ["2026-12-25", "25.12.2026"], "holidays[1]"],
    ["holidays", [{ date: "2026-12-25" }], "holidays[0].name", "parameter_missing"],
    ["holidays", [{ date: "2026-02-29", name: "Leap" }], "holidays[0].date"],
    ["holidays", [{ date: "2026-12-25", name: "Xmas", paid: true }], "holidays[0].paid", "parameter_unknown"],
    ["open", true, "open", "parameter_unknown"],
  ]),
  ...wrongFields("PUT", `/business-hours/${mine.hours}`, hours, [
    ["name", null],
    ["days", {}],
    ["timezone", "Mars/Olympus"],
    ["closed", [], "closed", "parameter_unknown"],
  ]),
  ...["name", "timezone", "days"].map((field): Refused => {
    const { [field as "name"]: _left, ...rest } = hours;
    return {
      title: `hours without ${field}`,
      method: "POST",
      path: "/business-hours",
      json: rest,
      code: "parameter_missing",
      param: field,
    };
  }),
  {
    title: "deleting hours that a schedule uses",
    method: "DELETE",
    path: `/business-hours/${mine.hours}`,
    code: "in_use",
  },
  ...["GET", "DELETE"].flatMap((method) => nothingThere(method, (id) => `/business-hours/${id}`, hoursIds)),
  ...nothingThere("PUT", (id) => `/business-hours/${id}`, hoursIds, hours),
  ...wrongQueries("/business-hours", [
    ["page=0", "page"],
    ["name=Office", "name", "parameter_unknown"],
  ]),
  ...wrongFields("POST", "/maintenance-windows", window, [
    ["name", ""],
    ["name", "x".repeat(201)],
    ["starts_at", "2026-02-01"],
    ["starts_at", "2026-02-01T00:00:00"],
    ["starts_at", null],
    ["ends_at", "2026-02-30T00:00:00Z"],
    ["ends_at", "2026-02-01T00:00:00Z"],
    ["ends_at", "2026-02-01T00:00:00.000+00:30"],
    ["ends_at", "2026-01-31T23:59:59.999Z"],
    ["site_ids", []],
    ["site_ids", mine.site],
    ["site_ids", ["Zurich"], "site_ids[0]"],
    ["site_ids", [mine.site, unknownId("site")], "site_ids[1]", "reference_not_found"],
    ["site_ids", [foreign.site], "site_ids[0]", "reference_not_found"],
    ["tags", []],
    ["tags", { Region: "EMEA" }],
    ["tags", [{ key: "Region" }], "tags[0].value", "parameter_missing"],
    ["reason", "x", "reason", "parameter_unknown"],
  ]),
  ...wrongFields("POST", "/maintenance-windows", { ...window, site_ids: [mine.site] }, [
    ["tags", [{ key: "Region", value: "EMEA" }]],
  ]),
  ...wrongFields("PATCH", `/maintenance-windows/${mine.window}`, {}, [
    ["name", null],
    ["starts_at", "2026-02-01T02:00:00Z", "ends_at"],
    ["ends_at", "2026-02-01T00:00:00Z"],
    ["tags", [{ key: "Region", value: "EMEA" }]],
    ["site_ids", [foreign.site], "site_ids[0]", "reference_not_found"],
    ["until", "x", "until", "parameter_unknown"],
  ]),
  ...["name", "starts_at", "ends_at"].map((field): Refused => {
    const { [field as "name"]: _left, ...rest } = window;
    return {
      title: `a maintenance window without ${field}`,
      method: "POST",
      path: "/maintenance-windows",
      json: rest,
      code: "parameter_missing",
      param: field,
    };
  }),
  ...["GET", "DELETE"].flatMap((method) =>
    nothingThere(method, (id) => `/maintenance-windows/${id}`, windowIds),
  ),
  ...nothingThere("PATCH", (id) => `/maintenance-windows/${id}`, windowIds, { name: "a" }),
  ...wrongQueries("/maintenance-windows", [
    ["per_page=101", "per_page"],
    ["from=2026-02-01", "from", "parameter_unknown"],
  ]),
];

testRefusals(world, "business hours and maintenance windows", 90, table);
