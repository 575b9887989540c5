// What is refused of faults: fields, places, times, resolving, comments, filters, cursors.
import {
  nothingThere,
  type Refused,
  testRefusals,
  type WrongField,
  wrongFields,
  wrongQueries,
} from "./refused.ts";
import { aWorld, unknownId } from "./world.ts";

const world = await aWorld();
const { client, mine, foreign } = world;
const tomorrows = (await client.post("/fault", { site_id: mine.site, created_at: "2026-02-19T00:00:00Z" }))
  .body;
const one = `/fault/${mine.resolvedFault}`;
const fault = { site_id: mine.site, created_at: "2026-02-01T08:00:00Z" };
const unknown = unknownId("flt");

const WRONG: WrongField[] = [
  ["type", "two words"],
  ["type", ""],
  ["type", 5],
  ["type", "x".repeat(65)],
  ["severity", "high"],
  ["severity", "FATAL"],
  ["severity", null],
  ["cause", ""],
  ["cause", 5],
  ["cause", "x".repeat(501)],
  ["message", "x".repeat(5001)],
  ["message", "nul \u0000 inside"],
  ["message", []],
  ["created_at", null],
  ["created_at", 1_770_000_000_000],
  ["created_at", "2026-02-01"],
  ["created_at", "2026-02-01T08:00:00"],
  ["created_at", "2026-02-01 08:00:00Z"],
  ["created_at", "2026-02-30T08:00:00Z"],
  ["created_at", "2026-13-01T08:00:00Z"],
  ["created_at", "2026-02-01T24:00:00Z"],
  ["created_at", "2026-02-01T08:60:00Z"],
  ["created_at", "2026-02-01T23:59:60Z"],
  ["created_at", "2026-02-01T08:00Z"],
  ["created_at", "2026-02-01T08:00:00+0100"],
  ["created_at", "2026-02-01T08:00:00+24:00"],
  ["created_at", "2026-02-01T08:00:00+01:60"],
  ["created_at", "2026-02-01T08:00:00.Z"],
  ["created_at", "1969-12-31T23:59:59Z"],
  ["created_at", "1970-01-01T00:00:00+01:00"],
  ["created_at", "Sun, 01 Feb 2026 08:00:00 GMT"],
  ["created_at", "now"],
  ["resolved_at", ""],
  ["resolved_at", "2026-02-01T09:00:00"],
  ["resolved_at", "2026-02-01T07:59:59.999Z"],
  ["resolved_at", "2026-02-01T08:59:59+01:00"],
  ["external_id", ""],
  ["external_id", "x".repeat(201)],
  ["external_id", "F-1", "external_id", "already_exists"],
  ["priority", 1, "priority", "parameter_unknown"],
];

const resolve = (title: string, more: Partial<Refused>): Refused => ({
  title,
  method: "POST",
  path: `/fault/${mine.openFault}/resolve`,
  code: "parameter_invalid",
  ...more,
});

const table: Refused[] = [
  ...wrongFields("POST", "/fault", fault, [
    ...WRONG,
    ["site_id", 5],
    ["site_id", "Zurich"],
    ["site_id", mine.link],
    ["site_id", null],
    ["site_id", unknownId("site"), "site_id", "reference_not_found"],
    ["site_id", foreign.site, "site_id", "reference_not_found"],
    ["resource_id", 5],
    ["resource_id", "wan_1"],
    ["resource_id", mine.site],
    ["resource_id", unknownId("wan"), "resource_id", "reference_not_found"],
    ["resource_id", foreign.link, "resource_id", "reference_not_found"],
    ["resource_id", mine.otherLink],
  ]),
  ...wrongFields("PATCH", one, {}, WRONG),
  ...wrongFields("PATCH", one, {}, [["created_at", "2026-02-01T09:00:00.001Z"]]),
  {
    title: "a fault of no site and no link",
    method: "POST",
    path: "/fault",
    json: { type: "site" },
    code: "parameter_missing",
    param: "site_id",
  },
  resolve("resolved a second time", { path: `${one}/resolve`, code: "conflict" }),
  resolve("resolved a second time, at another time", {
    path: `${one}/resolve`,
    json: { resolved_at: "2026-02-02T00:00:00Z" },
    code: "conflict",
  }),
  resolve("resolved before it began", {
    json: { resolved_at: "2026-01-31T00:00:00Z" },
    param: "resolved_at",
  }),
  resolve("resolved now, when now is before the start", {
    path: `/fault/${tomorrows.id}/resolve`,
    param: "resolved_at",
  }),
  resolve("resolved at null", { json: { resolved_at: null }, param: "resolved_at" }),
  resolve("resolved at a time without an offset", {
    json: { resolved_at: "2026-02-03T00:00:00" },
    param: "resolved_at",
  }),
  resolve("resolved with an unknown field", {
    json: { at: "2026-02-03T00:00:00Z" },
    code: "parameter_unknown",
    param: "at",
  }),
  resolve("resolved with a list", { json: [] }),
  resolve("resolved with null", { json: null }),
  ...nothingThere("POST", (id) => `/fault/${id}/resolve`, { unknown, foreign: foreign.openFault }),
  ...wrongFields("POST", `${one}/comments`, {}, [
    ["text", ""],
    ["text", "  "],
    ["text", 5],
    ["text", "x".repeat(5001)],
    ["text", "bell \u0007"],
    ["txt", "a", "text", "parameter_missing"],
  ]),
  ...wrongFields("POST", `${one}/comments`, { text: "a" }, [["author", "me", "author", "parameter_unknown"]]),
  ...nothingThere(
    "POST",
    (id) => `/fault/${id}/comments`,
    { unknown, foreign: foreign.openFault },
    { text: "a" },
  ),
  ...["GET", "DELETE"].flatMap((method) =>
    nothingThere(method, (id) => `/fault/${id}`, { unknown, foreign: foreign.openFault }),
  ),
  ...nothingThere("PATCH", (id) => `/fault/${id}`, { unknown, foreign: foreign.openFault }, { cause: "a" }),
  ...wrongQueries("/fault", [
    ["type=two%20words", "type"],
    ["severity=high", "severity"],
    ["status=open", "status"],
    ["site_id=Zurich", "site_id[0]"],
    [`site_id=${mine.site}&site_id=`, "site_id[1]"],
    ["from=2026-02-01", "from"],
    ["to=2026-02-30T00:00:00Z", "to"],
    ["from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z", "from"],
    ["from=2026-02-01T00:00:00Z&to=2026-02-01T01:00:00%2B01:00", "from"],
    ["per_page=0", "per_page"],
    ["per_page=101", "per_page"],
    ["page=2", "page", "parameter_unknown"],
    ["cursor=", "cursor"],
    ["cursor=nonsense", "cursor"],
    ["cursor=MS4", "cursor"],
    [`cursor=${Buffer.from("-5.1").toString("base64url")}`, "cursor"],
    [`cursor=${Buffer.from("1.1; DROP TABLE faults").toString("base64url")}`, "cursor"],
    [`cursor=${"A".repeat(201)}`, "cursor"],
    ["type=site&type=site", "type"],
    ["q=x", "q", "parameter_unknown"],
  ]),
  ...wrongQueries("/fault/export", [
    ["status=open", "status"],
    ["per_page=10", "per_page", "parameter_unknown"],
    ["cursor=x", "cursor", "parameter_unknown"],
    ["from=2026-02-02T00:00:00Z&to=2026-02-01T00:00:00Z", "from"],
  ]),
];

testRefusals(world, "faults", 150, table);
