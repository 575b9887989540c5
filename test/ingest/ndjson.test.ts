// NDJSON: which rows a stream has, whatever its chunks, and on which lines.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ndjsonRows } from "../../src/ingest/ndjson.ts";
import { LONGEST_ROW_BYTES, type SourceRow } from "../../src/ingest/rows.ts";
import { uploadOf } from "./freshStore.ts";

async function read(bytes: string | Uint8Array, chunkBytes?: number): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const block of ndjsonRows(uploadOf(bytes, chunkBytes))) rows.push(...block.rows);
  return rows;
}

/** Lines with their fields, or with the beginning of the reason. */
async function brief(bytes: string | Uint8Array, chunkBytes?: number) {
  return (await read(bytes, chunkBytes)).map(({ line, fields, refusal }) => [
    line,
    fields ?? refusal?.reason.slice(0, 18),
  ]);
}

test("each line is a row, and the last one needs no newline", async () => {
  expect(await brief('{"a":1}\n{"a":2}\n{"a":3}')).toEqual([
    [1, { a: 1 }],
    [2, { a: 2 }],
    [3, { a: 3 }],
  ]);
});

test("an empty stream has no rows", async () => {
  expect(await read("")).toEqual([]);
});

test("blank lines are passed over, but counted", async () => {
  expect(await brief('\n\n{"a":1}\n \t\n\r\n{"a":2}\n\n')).toEqual([
    [3, { a: 1 }],
    [6, { a: 2 }],
  ]);
});

test("lines may end as Windows ends them", async () => {
  expect(await brief('{"a":1}\r\n{"a":"x\\r"}\r\n')).toEqual([
    [1, { a: 1 }],
    [2, { a: "x\r" }],
  ]);
});

test("a byte order mark at the start is no part of the first row", async () => {
  expect(await brief('\ufeff{"a":1}\n', 1)).toEqual([[1, { a: 1 }]]);
});

test("a byte order mark anywhere else is refused", async () => {
  expect(await brief('{}\n\ufeff{"a":1}\n')).toEqual([
    [1, {}],
    [2, "is not valid JSON "],
  ]);
});

test("half of a surrogate pair is read as the store will keep it", async () => {
  expect(await brief('{"a":"\\ud83d","b":["x\\ude00"],"c":"\\ud83d\\ude00","d":"\\\\ud83d"}')).toEqual([
    [1, { a: "\ufffd", b: ["x\ufffd"], c: "😀", d: "\\ud83d" }],
  ]);
});

test("what is not a JSON object is refused, and says so", async () => {
  const rows = await read('{"a":1\n[1]\nnull\n"text"\n{"a":1}{"a":2}\n{"a":2}\n');
  expect(
    rows.map(({ line, refusal }) => [line, refusal?.reason.replace(/\(.*\)/, "(…)") ?? "taken"]),
  ).toEqual([
    [1, "is not valid JSON (…); write one JSON object a line"],
    [2, "is not a JSON object; write one JSON object a line"],
    [3, "is not a JSON object; write one JSON object a line"],
    [4, "is not a JSON object; write one JSON object a line"],
    [5, "is not valid JSON (…); write one JSON object a line"],
    [6, "taken"],
  ]);
});

test("a line that is not UTF-8 is refused alone", async () => {
  const broken = Buffer.concat([
    Buffer.from('{"a":"ü"}\n{"a":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}\n\n{"a":"🙂"}\n'),
  ]);
  for (const chunkBytes of [1, 7, 1000]) {
    expect(await brief(broken, chunkBytes)).toEqual([
      [1, { a: "ü" }],
      [2, "is not valid UTF-8"],
      [4, { a: "🙂" }],
    ]);
  }
});

test("a line longer than 1 MiB is refused alone, one of 1 MiB is read", async () => {
  const longest = `{"a":"${"x".repeat(LONGEST_ROW_BYTES - 8)}"}`;
  const tooLong = `{"a":"${"x".repeat(LONGEST_ROW_BYTES - 7)}"}`;
  for (const chunkBytes of [1000, 5_000_000]) {
    const rows = await read(
      `${longest}\n${tooLong}\n{"a":1}\n${tooLong}${tooLong}\n{"a":2}\n${tooLong}`,
      chunkBytes,
    );
    expect(rows.map(({ line, refusal }) => [line, refusal?.reason.slice(0, 20) ?? "taken"])).toEqual([
      [1, "taken"],
      [2, "is longer than 1 MiB"],
      [3, "taken"],
      [4, "is longer than 1 MiB"],
      [5, "taken"],
      [6, "is longer than 1 MiB"],
    ]);
  }
}, 30_000);

test("property: the rows do not depend on how the stream is cut into chunks", async () => {
  const piece = fc.oneof(
    fc.constantFrom("\n", "\r\n", "\n\n", " ", "{}", '{"a":"ü🙂"}\n', "x\n").map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
  );
  const bytes = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.concat(pieces));
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (all, chunkBytes) => {
      expect(await read(all, chunkBytes)).toEqual(await read(all));
    }),
    { numRuns: 300 },
  );
});
