// What is refused of sites and tags.
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
const one = `/sites/${mine.site}`;
const site = { name: "Geneva" };
const link = (await client.get(one)).body.wan_links[0];

const WRONG: WrongField[] = [
  ["name", 5],
  ["name", ""],
  ["name", "\t\n "],
  ["name", "x".repeat(201)],
  ["name", "\u007f"],
  ["external_id", 5],
  ["external_id", ""],
  ["external_id", "x".repeat(201)],
  ["external_id", "brn", "external_id", "already_exists"],
  ["address", {}],
  ["address", "x".repeat(501)],
  ["tags", []],
  ["tags", "Region:EMEA"],
  ["tags", null],
  ["tags", { Region: 5 }, "tags.Region"],
  ["tags", { Region: null }, "tags.Region"],
  ["tags", { Region: "" }, "tags.Region"],
  ["tags", { Region: "  " }, "tags.Region"],
  ["tags", { Region: "nul \u0000" }, "tags.Region"],
  ["tags", { Region: [] }, "tags.Region"],
  ["tags", { Region: ["a", "a"] }, "tags.Region"],
  ["tags", { Region: ["a", 5] }, "tags.Region[1]"],
  ["tags", { Region: "x".repeat(201) }, "tags.Region"],
  ["tags", { Region: "EMEA", region: "EMEA" }, "tags.region"],
  ["tags", { " ": "a" }, "tags. "],
  ["tags", { "bell\u0007": "a" }, "tags.bell\u0007"],
  ["tags", { ["k".repeat(101)]: "a" }, `tags.${"k".repeat(101)}`],
  ["tags", Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`key ${i}`, "a"]))],
  ["monitored_since", "2026-02-01"],
  ["monitored_since", "2026-02-01T00:00:00"],
  ["monitored_since", "2026-02-30T00:00:00Z"],
  ["monitored_since", "2026-02-01T24:00:00Z"],
  ["monitored_since", "2026-02-01T23:59:60Z"],
  ["monitored_since", "1969-12-31T23:59:59Z"],
  ["monitored_since", 1_770_000_000],
  ["wan_links", {}],
  ["wan_links", [{}], "wan_links[0].name", "parameter_missing"],
  ["wan_links", [{ name: "" }], "wan_links[0].name"],
  ["wan_links", [{ name: "a", isp: 5 }], "wan_links[0].isp"],
  ["wan_links", [{ name: "a", speed: 5 }], "wan_links[0].speed", "parameter_unknown"],
  ["wan_links", [{ name: "a", id: "wan_1" }], "wan_links[0].id"],
  ["wan_links", [{ name: "a", id: unknownId("wan") }], "wan_links[0].id", "reference_not_found"],
  ["wan_links", [{ name: "a", id: mine.otherLink }], "wan_links[0].id", "reference_not_found"],
  ["wan_links", [{ name: "a", id: foreign.link }], "wan_links[0].id", "reference_not_found"],
  ["wan_links", [link, link]],
  ["colour", "red", "colour", "parameter_unknown"],
];

const table: Refused[] = [
  ...wrongFields("POST", "/sites", site, WRONG),
  ...wrongFields("PATCH", one, {}, WRONG),
  ...wrongFields("PATCH", one, {}, [
    ["name", null],
    ["wan_links", [], "wan_links", "in_use"],
  ]),
  {
    title: "a site without a name",
    method: "POST",
    path: "/sites",
    json: { external_id: "x" },
    code: "parameter_missing",
    param: "name",
  },
  {
    title: "a tag named __proto__",
    method: "POST",
    path: "/sites",
    raw: '{"name":"a","tags":{"__proto__":"b"}}',
    headers: { "Content-Type": "application/json" },
    code: "parameter_invalid",
    param: "tags.__proto__",
  },
  ...["GET", "DELETE"].flatMap((method) =>
    nothingThere(method, (id) => `/sites/${id}`, { unknown: unknownId("site"), foreign: foreign.site }),
  ),
  ...nothingThere(
    "PATCH",
    (id) => `/sites/${id}`,
    { unknown: unknownId("site"), foreign: foreign.site },
    site,
  ),
  ...wrongQueries("/sites", [
    ["page=0", "page"],
    ["per_page=101", "per_page"],
    ["tag=Region", "tag"],
    ["tag=Region:EMEA&tag=x", "tag"],
    ["external_id=a&external_id=b", "external_id"],
    [`${"tag=a:b&".repeat(21)}`, "tag"],
    [`tag=${"k".repeat(400)}:b`, "tag[0]"],
    ["region=EMEA", "region", "parameter_unknown"],
    ["toString=1", "toString", "parameter_unknown"],
  ]),
  ...wrongQueries("/tags", [["key=Region", "key", "parameter_unknown"]]),
];

testRefusals(world, "sites", 120, table);
