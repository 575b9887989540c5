// Requests for every route: good ones, nearly good ones, and such as nobody would send by mistake.
import type { TObject, TSchema } from "@sinclair/typebox";
import fc from "fast-check";
import type { Mounted } from "../../../src/http/kernel/mounted.ts";
import { hostileBody, hostileText, jsonText } from "./hostileValues.ts";
import { fitting, idOf, nearly } from "./schemaValues.ts";

export type Fuzzed = {
  route: Mounted;
  /** With ids still to be put in: see schemaValues.ts. */
  path: string;
  query: [name: string, value: string][];
  headers: Record<string, string>;
  body: string | null;
  /** Whose token is sent. */
  caller: "admin" | "neighbour" | "reader" | "expired" | "nonsense" | "nobody";
};

const PREFIXES: readonly [path: string, prefix: string][] = [
  ["/reports/sla/schedules", "sla_"],
  ["/reports/sla/reports", "rpt_"],
  ["/fault", "flt_"],
  ["/sites", "site_"],
  ["/business-hours", "bh_"],
  ["/maintenance-windows", "mw_"],
  ["/notification-groups", "ng_"],
];

/** What is in a path's place of an id. Dots alone would be taken away by the client itself. */
function pathOf({ path }: Mounted): fc.Arbitrary<string> {
  if (!path.includes("{")) return fc.constant(path);
  const prefix = PREFIXES.find(([start]) => path.startsWith(`${start}/{`))?.[1];
  const hostile = hostileText
    .filter((text) => !/^\.{0,2}$/.test(text))
    .map((text) => encodeURIComponent(text.toWellFormed().slice(0, 500)));
  const id = prefix
    ? fc.oneof({ weight: 9, arbitrary: idOf(prefix) }, { weight: 1, arbitrary: hostile }, idOf("cmt_"))
    : fc.oneof(fc.constantFrom("not_found", "constructor"), hostile);
  return id.map((text) => path.replace(/\{\w+\}/, () => text));
}

/** Not so long that the runtime refuses the head before anything of ours sees it. */
const asText = (value: unknown): string =>
  (typeof value === "string" ? value : jsonText(value)).toWellFormed().slice(0, 500);

function queryOf({ query }: Mounted): fc.Arbitrary<[string, string][]> {
  const one = (field: TSchema) =>
    fc.oneof({ weight: 3, arbitrary: fitting(field) }, { weight: 1, arbitrary: nearly(field) });
  const parts = Object.entries((query as TObject | undefined)?.properties ?? {}).map(([name, field]) => {
    const isRequired = (query as TObject).required?.includes(name) ?? false;
    const given = one(field).map((value) =>
      [value]
        .flat()
        .slice(0, 50)
        .map((item) => [name, asText(item)] as [string, string]),
    );
    return fc.oneof(
      { weight: isRequired ? 9 : 2, arbitrary: given },
      { weight: 3, arbitrary: fc.constant([]) },
    );
  });
  const unknown = fc.tuple(hostileText, hostileText).map(([name, value]) => [[asText(name), asText(value)]]);
  const surplus = fc.oneof({ weight: 15, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: unknown });
  return fc.tuple(...parts, surplus).map((lists) => lists.flat() as [string, string][]);
}

const COLUMNS = [
  "site",
  "site_id",
  "name",
  "external_id",
  "started_at",
  "created_at",
  "resolved_at",
  "cause",
  "type",
];
const cell = fc.oneof(
  fc.constantFrom("Zurich", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00+01:00", ""),
  hostileText,
);
const columns = fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...COLUMNS) }, hostileText), {
  minLength: 1,
  maxLength: 6,
});
const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csv = columns.chain((names) =>
  fc
    .array(fc.array(cell, { minLength: names.length, maxLength: names.length }), { maxLength: 8 })
    .map((rows) => [names, ...rows].map((row) => row.map(quoted).join(",")).join("\n")),
);
const ndjson = fc
  .array(
    fc.oneof(
      fc
        .dictionary(fc.constantFrom(...COLUMNS, "__proto__", "tags"), cell, { noNullPrototype: true })
        .map(jsonText),
      hostileBody,
    ),
    { maxLength: 8 },
  )
  .map((lines) => lines.join("\n"));

function bodyOf({
  body,
  streams,
  bodyOptional,
}: Mounted): fc.Arbitrary<{ body: string | null; type: string | null }> {
  const typed = (texts: fc.Arbitrary<string>, type: string) => texts.map((text) => ({ body: text, type }));
  const wrong = fc
    .tuple(
      hostileBody,
      fc.constantFrom(
        null,
        "text/plain",
        "application/json",
        "application/json; charset=latin1",
        "text/csv",
        "multipart/form-data",
        "\u00e9",
      ),
    )
    .map(([text, type]) => ({ body: text, type }));
  const none = fc.constant({ body: null, type: null });
  if (streams) return fc.oneof(typed(csv, "text/csv"), typed(ndjson, "application/x-ndjson"), wrong);
  if (!body) return fc.oneof({ weight: 9, arbitrary: none }, { weight: 1, arbitrary: wrong });
  return fc.oneof(
    { weight: 9, arbitrary: typed(fitting(body).map(jsonText), "application/json") },
    { weight: 7, arbitrary: typed(nearly(body).map(jsonText), "application/json; charset=utf-8") },
    { weight: 2, arbitrary: typed(hostileBody, "application/json") },
    { weight: 1, arbitrary: wrong },
    { weight: bodyOptional ? 4 : 1, arbitrary: none },
  );
}

const ODD_HEADERS: Readonly<Record<string, readonly string[]>> = {
  Range: [
    "bytes=0-0",
    "bytes=-1",
    "bytes=5-",
    "bytes=9-1",
    "bytes=0-1,3-4",
    "bytes=99999999999-",
    "x=1-2",
    "",
  ],
  "If-Range": ['"x"', "*", ""],
  "If-None-Match": ["*", '"x"', 'W/"x", "y"', ",".repeat(500)],
  "Idempotency-Key": ["a", "b", "", " ", "x".repeat(255), "x".repeat(256), "\u00e9", "__proto__"],
  "Content-Encoding": ["gzip", "identity", ""],
  Accept: ["text/html", "*/*;q=0", "x"],
  "X-Forwarded-For": ["1.2.3.4, 5.6.7.8"],
  "X-HTTP-Method-Override": ["DELETE"],
  "X-Workspace": ["other"],
  Cookie: ["a=b; __proto__=c; %ff=%zz"],
};

const oddHeaders = fc.oneof(
  { weight: 4, arbitrary: fc.constant<[string, string][]>([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.constantFrom(
        ...Object.entries(ODD_HEADERS).flatMap(([name, values]) =>
          values.map((value) => [name, value] as [string, string]),
        ),
      ),
      { maxLength: 3 },
    ),
  },
);

const callers = fc.oneof(
  { weight: 30, arbitrary: fc.constant("admin" as const) },
  { weight: 1, arbitrary: fc.constantFrom("neighbour", "reader", "expired", "nonsense", "nobody" as const) },
);

const WEIGHTS = { GET: 3, POST: 4, PUT: 3, PATCH: 3, DELETE: 1 } as const;

/** Any request for any of these routes. */
export function requestsFor(routes: readonly Mounted[]): fc.Arbitrary<Fuzzed> {
  return fc.oneof(
    ...routes.map((route) => ({
      weight: WEIGHTS[route.method],
      arbitrary: fc
        .tuple(pathOf(route), queryOf(route), bodyOf(route), oddHeaders, callers)
        .map(([path, query, { body, type }, headers, caller]) => ({
          route,
          path,
          query,
          headers: { ...(type === null ? {} : { "Content-Type": type }), ...Object.fromEntries(headers) },
          body: route.method === "GET" ? null : body,
          caller,
        })),
    })),
  );
}
