// Names that stand twice in an object, however they are spelled and however deep they lie.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { repeatedName } from "../../src/model/repeatedName.ts";

test.each([
  ['{"a":1,"a":2}', "a"],
  ['{"a":1,"\\u0061":2}', "a"],
  ['{"x":[{"b":{}},{"b":1 , "b" : 2}]}', "b"],
  ['{"a":{"a":{"a":1}},"c":"a","a":1}', "a"],
  ['{"":1,"":2}', ""],
  ['{"q\\"":1,"q\\"":2}', 'q"'],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
])("%s has one", (json, name) => {
  JSON.parse(json);
  expect(repeatedName(json)).toBe(name);
});

test.each([
  "1",
  '"a:a"',
  '{"a":"a","b":"a"}',
  '[{"a":1},{"a":2}]',
  '{"a":{"a":1}}',
  '{"a":"\\",\\"a\\":1","b":["{","\\\\"]}',
  '{"a\\\\":1,"a":2}',
])("%s has none", (json) => {
  JSON.parse(json);
  expect(repeatedName(json)).toBeNull();
});

test("property: what JSON.stringify writes has none", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 0, max: 2 }), (value, indent) => {
      expect(repeatedName(JSON.stringify(value, null, indent))).toBeNull();
    }),
  );
});

test("texts made to cost much, and what is no JSON, are read to their end once", () => {
  const texts = [
    '"\\',
    `{"a":"${"\\\\".repeat(1e6)}"}`,
    `{"a":"${'\\"'.repeat(1e6)}"}`,
    "[".repeat(1e6),
    ":",
    '{"',
    "}]",
  ];
  for (const text of texts) expect(repeatedName(text)).toBeNull();
});
