// What people who mean harm, and programs that are broken, put where something else belongs.
import fc from "fast-check";

export const HOSTILE_TEXTS: readonly string[] = [
  ...[
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\t\r\n",
    "\r\nX-Injected: 1",
    "\u202etxt.exe",
    "\ufeff",
    "\ud800",
    "\udfff!",
  ],
  ...[
    "'; DROP TABLE sites; --",
    '" OR ""="',
    "%' OR 1=1 --",
    "a\\",
    "\\u0000",
    "%00",
    "%",
    "%zz",
    "_",
    "*",
    "?",
  ],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then", "length"],
  ...[
    "../../etc/passwd",
    "..\\..\\",
    "..%2f..%2f",
    "a/b",
    "a;b=c",
    "\u2215",
    "\uff0f",
    ".",
    "..",
    "C:\\CON",
    "|id",
  ],
  ...[
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
    "&lt;",
    "{{7*7}}",
    "%s%n",
  ],
  ...["é", "e\u0301", "ß", "İ", "ﬀ", "🚀", "👩‍👩‍👧", "漢字", "مرحبا", "\u{10ffff}", "\ufffe", "\u2028"],
  ...[
    "NaN",
    "Infinity",
    "-0",
    "1e400",
    "0x10",
    "9007199254740993",
    "true",
    "null",
    "undefined",
    "[]",
    "{}",
    "0",
  ],
  ...[
    "2026-02-30",
    "2026-02-29T00:00:00Z",
    "2026-01-01T00:00:00",
    "9999-12-31T23:59:59.999Z",
    "+275760-09-13",
  ],
  ...[
    "0000-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2026-01-01T24:00:00Z",
    "2026-06-30T23:59:60Z",
    "24:00",
    "25:61",
  ],
  ...[
    "Etc/GMT+14",
    "../Zurich",
    "europe/zurich",
    "UTC\u0000",
    "Factory",
    "posixrules",
    "x".repeat(101),
    "é".repeat(2500),
  ],
  ...[
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "https://user:pass@hooks.invalid/",
    "//x",
  ],
];

/** Written into JSON as they stand, without quotes. */
const RAW_NUMBERS = [
  ...[
    "1e400",
    "-1e400",
    "-0",
    "1e-400",
    "9007199254740993",
    "123456789012345678901234567890",
    "0.1e1",
    "1E+2",
  ],
  ...["2147483648", "-2147483649", "18446744073709551616", "99.999999", "99.9999999999999999999", "74.99999"],
];

const RAW = "\u0001raw:";

/** A value as it stands in a request's JSON, raw numbers included. */
export function jsonText(value: unknown): string {
  return (JSON.stringify(value) ?? "").replaceAll(/"\\u0001raw:([^"]*)"/g, "$1");
}

export const hostileText = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 300 }) },
);

const scalars = fc.oneof(
  hostileText,
  fc.constantFrom(...RAW_NUMBERS.map((number) => RAW + number)),
  fc.constantFrom(null, true, false, 0, -1, 1.5, 1e15, {}, []),
  fc.double({ noNaN: true }),
  fc.integer(),
);

/** Any JSON at all. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalars },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.dictionary(hostileText, scalars, { maxKeys: 5, noNullPrototype: true }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.array(fc.constant("x"), { minLength: 1000, maxLength: 3000 }) },
);

/** Bodies that are no JSON, or such that readers differ about. */
export const hostileBody = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      " ",
      "{",
      "}",
      "nul",
      "'a'",
      '{"name":"a","name":"b"}',
      '{"a":1,}',
      "[1,]",
      "NaN",
      "\ufeff{}",
      "{}{}",
      "{}\0",
    ],
    ...[
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '{"name":"\\ud800"}',
      '"\\u0000"',
    ],
    "[".repeat(50_000),
    `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
    `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
    `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(",")}}`,
  ),
  fc.string({ unit: "binary", maxLength: 200 }),
  hostileJson.map(jsonText),
);
