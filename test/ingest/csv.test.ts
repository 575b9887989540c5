// CSV: which rows a stream has, whatever its chunks, and on which lines; how it goes on after a broken record.
import { expect, test } from "bun:test";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { csvRows } from "../../src/ingest/csv.ts";
import { LONGEST_ROW_BYTES, type SourceRow } from "../../src/ingest/rows.ts";
import { NinesError } from "../../src/model/errors.ts";
import { examples } from "../support/chance.ts";
import { uploadOf } from "./freshStore.ts";

async function read(bytes: string | Uint8Array, chunkBytes?: number): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  for await (const block of csvRows(uploadOf(bytes, chunkBytes), () => {})) rows.push(...block.rows);
  return rows;
}

/** Lines with their fields, or with the beginning of the reason. */
async function brief(bytes: string | Uint8Array, chunkBytes?: number) {
  return (await read(bytes, chunkBytes)).map(({ line, fields, refusal }) => [
    line,
    fields ?? refusal?.reason.slice(0, 30),
  ]);
}

async function refusalOf(text: string): Promise<NinesError> {
  return await read(text).then(
    () => expect.unreachable(),
    (error) => error,
  );
}

test("the header names the fields, and empty cells are left out", async () => {
  expect(await brief("a,b,c\n1,,3\n,,\n4,5,6")).toEqual([
    [2, { a: "1", c: "3" }],
    [3, {}],
    [4, { a: "4", b: "5", c: "6" }],
  ]);
});

test("a record begins on the line of its first character: quoted line breaks and blank lines count", async () => {
  const text = 'a,b\n\n1,"x\ny"\n"2\r\n\r\n",z\r\n\r\n\n3,4\n"5","\n\n\n"\n6,7';
  for (const chunkBytes of [1, 2, 3, 1000]) {
    expect(await brief(text, chunkBytes)).toEqual([
      [3, { a: "1", b: "x\ny" }],
      [5, { a: "2\r\n\r\n", b: "z" }],
      [10, { a: "3", b: "4" }],
      [11, { a: "5", b: "\n\n\n" }],
      [15, { a: "6", b: "7" }],
    ]);
  }
});

test("a byte order mark and spaces are no part of the header's names", async () => {
  expect(await brief("\ufeff a ,b\r\n1,2\r\n", 1)).toEqual([[2, { a: "1", b: "2" }]]);
});

test("a record with too few or too many cells is refused alone", async () => {
  expect(await brief("a,b\n1\n1,2,3\n1,2\n")).toEqual([
    [2, "has 1 cell where the header ha"],
    [3, "has 3 cells where the header h"],
    [4, { a: "1", b: "2" }],
  ]);
});

test("broken quoting costs the line it begins on, and no other", async () => {
  const text = 'a,b\n1,"x"y\n2,3\n4,5"6"\n7,"8"\n9,"open\n10,11\n12,"13"\n14,"never closed\n15,16\n';
  for (const chunkBytes of [1, 3, 10, 1000]) {
    expect(await brief(text, chunkBytes)).toEqual([
      [2, "has text after a closing quote"],
      [3, { a: "2", b: "3" }],
      [4, "has a quote in a cell that doe"],
      [5, { a: "7", b: "8" }],
      [6, "has text after a closing quote"],
      [7, { a: "10", b: "11" }],
      [8, { a: "12", b: "13" }],
      [9, "has a quote that is never clos"],
      [10, { a: "15", b: "16" }],
    ]);
  }
});

/** One of many that make up a MiB. */
const LINE = `1,${"2".repeat(61)}\n`;

test("a record longer than 1 MiB is refused, and so is a quote that swallows as much", async () => {
  const rest = LONGEST_ROW_BYTES - 2;
  const lines = LINE.repeat(LONGEST_ROW_BYTES / LINE.length);
  for (const chunkBytes of [10_000, 5_000_000]) {
    const text = `a,b\n1,${"x".repeat(rest)}\n1,${"x".repeat(rest + 1)}\n3,${"x".repeat(3 * rest)}\n5,"open\n${lines}`;
    const rows = await read(text, chunkBytes);
    expect(
      rows.slice(0, 5).map(({ line, refusal }) => [line, refusal?.reason.slice(0, 20) ?? "taken"]),
    ).toEqual([
      [2, "taken"],
      [3, "is longer than 1 MiB"],
      [4, "is longer than 1 MiB"],
      [5, "is longer than 1 MiB"],
      [6, "taken"],
    ]);
    expect(rows.length).toBe(4 + LONGEST_ROW_BYTES / LINE.length);
    expect(rows.at(-1)?.line).toBe(5 + LONGEST_ROW_BYTES / LINE.length);
  }
}, 30_000);

test("a quoted record longer than 1 MiB costs the line it begins on, even if its quote is closed", async () => {
  const lines = LINE.repeat(LONGEST_ROW_BYTES / LINE.length);
  const text = `a,b\n0,"open\n${lines}"\n7,8\n`;
  for (const chunkBytes of [100_000, 5_000_000]) {
    const rows = await read(text, chunkBytes);
    expect(rows[0]).toMatchObject({
      line: 2,
      refusal: { reason: expect.stringMatching(/^is longer than 1 MiB/) },
    });
    expect(rows[1]).toEqual({ line: 3, fields: { a: "1", b: LINE.slice(2, -1) }, refusal: null });
    expect(rows.at(-2)).toMatchObject({ refusal: { reason: expect.stringMatching(/never closed$/) } });
    expect(rows.at(-1)?.fields).toEqual({ a: "7", b: "8" });
  }
}, 30_000);

test("the last line may lack its line break, or half of it", async () => {
  for (const end of ["", "\n", "\r", "\r\n"]) {
    expect(await brief(`a,b\r\n1,2${end}`)).toEqual([[2, { a: "1", b: "2" }]]);
    expect(await brief(`a,b\r\n"1","2"${end}`, 3)).toEqual([[2, { a: "1", b: "2" }]]);
  }
});

test("many broken records come in parts, so that others have their turn between", async () => {
  const upload = uploadOf(`a,b\n${'"1"x,2\n'.repeat(5_000)}`);
  let rows = 0;
  for await (const block of csvRows(upload, () => {})) {
    expect(block.rows.length).toBeLessThanOrEqual(500);
    rows += block.rows.length;
  }
  expect(rows).toBe(5_000);
});

test("a record that is not UTF-8 is refused alone", async () => {
  const broken = Buffer.concat([
    Buffer.from("a,b\nü,1\n"),
    Buffer.from([0xe2, 0x82]),
    Buffer.from(",2\n🙂,\ufffd\n"),
  ]);
  for (const chunkBytes of [1, 5, 1000]) {
    expect(await brief(broken, chunkBytes)).toEqual([
      [2, { a: "ü", b: "1" }],
      [3, "is not valid UTF-8; save the f"],
      [4, { a: "🙂", b: "\ufffd" }],
    ]);
  }
});

test("without a header nothing is read", async () => {
  for (const text of ["", "\n\n", "\ufeff"]) {
    const refusal = await refusalOf(text);
    expect(refusal).toBeInstanceOf(NinesError);
    expect(refusal.message).toBe(
      "The header row, the first of a CSV file with the names of the columns, is missing.",
    );
  }
});

test("a header that cannot be read says why", async () => {
  expect((await refusalOf("a;b\n1;2\n")).message).toContain("separate the columns by commas");
  expect((await refusalOf('a,"b"c\n1,2\n')).message).toContain("has text after a closing quote");
  expect((await refusalOf('a,"b\n1,2\n')).message).toContain("has a quote that is never closed");
  expect((await refusalOf("a,b,a\n1,2,3\n")).message).toContain("names the column 'a' twice");
});

test("an apostrophe that guards a formula is taken away, any other stays", async () => {
  expect(await brief("a,b\n'=1+1,'tis\n''-1,=2\n")).toEqual([
    [2, { a: "=1+1", b: "'tis" }],
    [3, { a: "'-1", b: "=2" }],
  ]);
});

test("property: records that are well formed are read as csv-parse reads them", async () => {
  const cell = fc.string({
    unit: fc.constantFrom("x", '"', ",", "\n", "\r", "\r\n", "ü", "🙂", " "),
    maxLength: 6,
  });
  const records = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.boolean(),
      fc.integer({ min: 1, max: 50 }),
      async (cells, isWindows, chunkBytes) => {
        const text = stringify([["a", "b"], ...cells], {
          record_delimiter: isWindows ? "\r\n" : "\n",
          quoted_match: /\s/,
        });
        const expected = parse(text, { record_delimiter: ["\r\n", "\n"] }).slice(1);
        const rows = await read(text, chunkBytes);
        expect(rows.map(({ fields }) => [fields?.["a"] ?? "", fields?.["b"] ?? ""])).toEqual(expected);
        const newlines = cells.map((record) => record.join("").split("\n").length - 1);
        const lines = newlines.map(
          (_, index) => 2 + index + newlines.slice(0, index).reduce((sum, n) => sum + n, 0),
        );
        expect(rows.map(({ line }) => line)).toEqual(lines);
      },
    ),
    examples(100),
  );
});

test("property: the rows do not depend on how the stream is cut into chunks", async () => {
  const piece = fc.oneof(
    fc
      .constantFrom("\n", "\r\n", '"', '""', ",", "x", "\ufeff", "1,2\n", '"ü","🙂"\n')
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 2 }).map((bytes) => Buffer.from(bytes)),
  );
  const bytes = fc
    .array(piece, { maxLength: 40 })
    .map((pieces) => Buffer.concat([Buffer.from("\n\ufeffa,b\n"), ...pieces]));
  await fc.assert(
    fc.asyncProperty(bytes, fc.integer({ min: 1, max: 9 }), async (all, chunkBytes) => {
      expect(await read(all, chunkBytes)).toEqual(await read(all));
    }),
    examples(400),
  );
});
