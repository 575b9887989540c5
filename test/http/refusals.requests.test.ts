// What is refused of any request: bodies, content types, sizes, methods, paths.
import { nothingThere, type Refused, testRefusals } from "./refused.ts";
import { aWorld } from "./world.ts";

const world = await aWorld();
const { mine } = world;
const MIB = 1024 * 1024;
const JSON_TYPE = { "Content-Type": "application/json" };

const body = (title: string, raw: Refused["raw"], more: Partial<Refused> = {}): Refused => ({
  title: `a body that ${title}`,
  method: "POST",
  path: "/sites",
  raw,
  headers: JSON_TYPE,
  code: "invalid_json",
  ...more,
});
const type = (title: string, headers: Record<string, string>): Refused =>
  body(`${title}`, new TextEncoder().encode('{"name":"Geneva"}'), {
    headers,
    code: "unsupported_media_type",
    param: "Content-Type",
  });
const bytes = (...values: number[]) => new Uint8Array(values);
const padded = (length: number) => `{"name":"${"x".repeat(length - 11)}"}`;
const inChunks = (text: string, size = 65_536) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < text.length; at += size)
        controller.enqueue(new TextEncoder().encode(text.slice(at, at + size)));
      controller.close();
    },
  });
const large = (title: string, raw: Refused["raw"]) => body(title, raw, { code: "body_too_large" });
const named = (title: string, raw: string, param: string, more: Partial<Refused> = {}) =>
  body(title, raw, { code: "parameter_invalid", param, ...more });
const notAnObject = (title: string, raw: string): Refused => body(title, raw, { code: "parameter_invalid" });
const wrongMethod = (method: string, path: string, allow: string): Refused => ({
  title: `${method} ${path.replace(/[a-z]+_\w{27}/, "{id}")}`,
  method,
  path,
  code: "method_not_allowed",
  answers: { allow: new RegExp(`^${allow}$`) },
});
const nowhere = (path: string, method = "GET"): Refused => ({
  title: `${method} ${path.slice(0, 60)}`,
  method,
  path,
  code: "not_found",
});

const table: Refused[] = [
  body("is empty", ""),
  body("is only spaces", " \n "),
  body("ends too early", '{"name":"Geneva"'),
  body("goes on after its end", '{"name":"Geneva"} {}'),
  body("has a comma too many", '{"name":"Geneva",}'),
  body("has a name twice", '{"name":"a","name":"b"}'),
  body("has a name twice, once in escapes", '{"name":"a","\\u006eame":"b"}'),
  body("has a name twice, deep within", '{"name":"a","tags":{"Region":"x","Region":"y"}}'),
  body("has single quotes", "{'name':'Geneva'}"),
  body("has a comment", '{"name":"Geneva" /* here */}'),
  body("has NaN", '{"name":NaN}'),
  body("has Infinity", '{"name":Infinity}'),
  body("has a number with a leading zero", '{"name":01}'),
  body("has a raw control character", '{"name":"a\u0001b"}'),
  body("is a form", "name=Geneva"),
  body("is XML", "<site/>"),
  body("is nested 100,000 deep and not closed", "[".repeat(100_000)),
  body("is broken UTF-8", bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
  body("has an overlong slash", bytes(0x22, 0xc0, 0xaf, 0x22)),
  body("has a surrogate in UTF-8", bytes(0x22, 0xed, 0xa0, 0x80, 0x22)),
  body("is cut within a character", bytes(0x22, 0xe2, 0x82)),
  body("is UTF-16", bytes(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00)),
  body("has the first half of a character", '{"name":"a\\ud800b"}'),
  body("has the second half of a character", '{"name":"a\\udfffb"}'),
  body("has the halves in the wrong order", '{"name":"\\ude00\\ud83d"}'),
  body("has half a character in a key", '{"tags":{"\\uD83D":"a"}}'),
  notAnObject("is a list", "[]"),
  notAnObject("is null", "null"),
  notAnObject("is a text", '"Geneva"'),
  notAnObject("is a number", "5"),
  notAnObject("is true", "true"),
  notAnObject("is 1e400", "1e400"),
  notAnObject("is nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
  named("is nested 100,000 deep in a field", `{"name":${"[".repeat(1e5)}${"]".repeat(1e5)}}`, "name"),
  named("is nested in objects 50,000 deep", `{"name":${'{"a":'.repeat(5e4)}1${"}".repeat(5e4)}}`, "name"),
  named(
    "is nested deep in a tag",
    `{"name":"a","tags":{"b":${"[".repeat(5e4)}${"]".repeat(5e4)}}}`,
    "tags.b[0]",
  ),
  named("has 1e400 for a text", '{"name":1e400}', "name"),
  named("has a target of 1e400", '{"name":"a","sla_target":1e400,"daily":true}', "sla_target", {
    path: "/reports/sla/schedules",
  }),
  named("has a target of -1e400", '{"name":"a","sla_target":-1e400,"daily":true}', "sla_target", {
    path: "/reports/sla/schedules",
  }),
  named(
    "has a huge whole number",
    '{"name":"a","sla_target":99,"monthly":true,"day_of_month":12345678901234567890}',
    "day_of_month",
    {
      path: "/reports/sla/schedules",
    },
  ),
  named("has a prototype", '{"name":"a","__proto__":{"admin":true}}', "__proto__", {
    code: "parameter_unknown",
  }),
  named("has a constructor", '{"name":"a","constructor":{"prototype":{}}}', "constructor", {
    code: "parameter_unknown",
  }),
  named("has an escaped prototype", '{"name":"a","\\u005f_proto__":1}', "__proto__", {
    code: "parameter_unknown",
  }),
  type("has no content type", {}),
  type("is announced as text", { "Content-Type": "text/plain" }),
  type("is announced as a form", { "Content-Type": "application/x-www-form-urlencoded" }),
  type("is announced as multipart", { "Content-Type": "multipart/form-data; boundary=x" }),
  type("is announced as JSON of another kind", { "Content-Type": "application/json-patch+json" }),
  type("is announced in Latin 1", { "Content-Type": "application/json; charset=iso-8859-1" }),
  type("is announced in UTF-16", { "Content-Type": 'application/json; charset="utf-16"' }),
  type("is announced as nothing", { "Content-Type": "json" }),
  type("is announced as NDJSON", { "Content-Type": "application/x-ndjson" }),
  { ...type("is JSON where faults are imported", JSON_TYPE), path: "/fault/import" },
  { ...type("is JSON where sites are imported", JSON_TYPE), path: "/sites/import" },
  { ...type("is CSV in Latin 1", { "Content-Type": "text/csv; charset=latin1" }), path: "/fault/import" },
  body("is empty where rows are imported", null, {
    path: "/fault/import",
    headers: { "Content-Type": "text/csv" },
    code: "parameter_missing",
  }),
  large("is one byte too long", padded(MIB + 1)),
  large("is 10 MiB long", padded(10 * MIB)),
  large("is one byte too long, in chunks", inChunks(padded(MIB + 1))),
  large("is 10 MiB long, in chunks", inChunks(padded(10 * MIB))),
  large("is 2 MiB of spaces", " ".repeat(2 * MIB)),
  wrongMethod("PUT", "/sites", "GET, POST, HEAD"),
  wrongMethod("DELETE", "/sites", "GET, POST, HEAD"),
  wrongMethod("OPTIONS", "/sites", "GET, POST, HEAD"),
  wrongMethod("PUT", `/sites/${mine.site}`, "GET, PATCH, DELETE, HEAD"),
  wrongMethod("PUT", `/fault/${mine.openFault}`, "GET, PATCH, DELETE, HEAD"),
  wrongMethod("GET", `/fault/${mine.openFault}/resolve`, "POST"),
  wrongMethod("DELETE", `/fault/${mine.openFault}/comments`, "POST"),
  wrongMethod("PATCH", `/business-hours/${mine.hours}`, "GET, PUT, DELETE, HEAD"),
  wrongMethod("PUT", `/maintenance-windows/${mine.window}`, "GET, PATCH, DELETE, HEAD"),
  wrongMethod("GET", `/reports/sla/schedules/${mine.schedule}/run`, "POST"),
  wrongMethod("PATCH", `/reports/sla/reports/${mine.queuedReport}`, "GET, DELETE, HEAD"),
  wrongMethod("POST", `/reports/sla/reports/${mine.queuedReport}/pdf`, "GET, HEAD"),
  wrongMethod("POST", "/reports/sla/reports", "GET, HEAD"),
  wrongMethod("POST", "/healthz", "GET, HEAD"),
  wrongMethod("POST", "/openapi.json", "GET, HEAD"),
  wrongMethod("DELETE", "/uptime", "GET, HEAD"),
  wrongMethod("OPTIONS", "/tags", "GET, HEAD"),
  nowhere("/site"),
  nowhere("/SITES"),
  nowhere("/sites//"),
  nowhere("/api/v1/sites"),
  nowhere("/.env"),
  nowhere("/docs/swagger-ui.js/x"),
  nowhere("/docs/errors/unknown_code"),
  nowhere("/docs/errors/constructor"),
  nowhere("/reports/sla"),
  nowhere(`/reports/sla/reports/${mine.queuedReport}/xlsx`),
  nowhere("/%2e%2e/%2e%2e/etc/passwd"),
  nowhere("/nothing/%ZZ"),
  nowhere(`/${"x".repeat(8000)}`),
  nowhere("/sites/x/y/z", "POST"),
  ...nothingThere("GET", (id) => `/docs/errors/${id}`, { unknown: "none", foreign: "toString" }),
];

testRefusals(world, "any request", 85, table);
