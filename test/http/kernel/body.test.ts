// Bodies that come in parts: read whole, within bounds, and no sender of tiny parts keeps the thread to itself.
import { expect, test } from "bun:test";
import { readJson } from "../../../src/http/kernel/body.ts";
import { partsOf } from "../../../src/http/kernel/bodyParts.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A stream that has each part ready as soon as the one before was taken. */
function streamOf(count: number, part: (index: number) => string) {
  let index = 0;
  const steps = {
    pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      if (index === count) controller.close();
      else controller.enqueue(bytesOf(part(index++)));
    },
  };
  return new ReadableStream<Uint8Array>(steps, { highWaterMark: 0 });
}

function read(count: number, part: (index: number) => string, charge: (cost: number) => void = () => {}) {
  const headers = { "Content-Type": "application/json" };
  const request = new Request("http://localhost/", { method: "POST", headers, body: streamOf(count, part) });
  return readJson(request, false, charge);
}

test("a body in parts of any size is what was sent", async () => {
  const text = JSON.stringify({ name: "Zürich", list: Array.from({ length: 400 }, (_, i) => i) });
  expect(await read(text.length, (index) => text.charAt(index))).toEqual(JSON.parse(text));
  const large = JSON.stringify("x".repeat(1024 * 1024 - 2));
  expect(await read(16, (index) => large.slice(index * 65_536, (index + 1) * 65_536))).toBe(
    JSON.parse(large),
  );
});

test("a body of more than 1 MiB, or in more than 4,096 parts, is refused, and its connection closed", async () => {
  const close = { headers: { Connection: "close" } };
  const large = read(17, () => "x".repeat(65_536));
  expect(await large.catch((error) => error)).toMatchObject({ reason: "body_too_large", ...close });
  const tiny = read(5000, () => " ");
  // Not by `rejects`, which waits without the turns of the event loop that reading waits for.
  expect(await tiny.catch((error) => error)).toMatchObject({
    reason: "invalid_json",
    message: expect.stringContaining("more than 4096 parts"),
    ...close,
  });
});

test("a body that was not announced is charged for by its bytes", async () => {
  const charged: number[] = [];
  await read(
    2,
    () => " ".repeat(65_536),
    (cost) => charged.push(cost),
  ).catch(() => {});
  expect(charged).toEqual([2]);
});

test("others have their turn after each tiny part, and after no other", async () => {
  const turnsDuring = async (part: string) => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const parts = partsOf(streamOf(20, () => part));
    while ((await parts.next()) !== null);
    isOver = true;
    return turns;
  };
  expect(await turnsDuring("x")).toBeGreaterThanOrEqual(20);
  expect(await turnsDuring("x".repeat(1024))).toBeLessThan(20);
});
