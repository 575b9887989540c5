// The stream of an import: its connection stays open as long as something comes.
import { expect, test } from "bun:test";
import type { Principal } from "../../src/http/caller/principal.ts";
import { importStream } from "../../src/http/kernel/importStream.ts";
import type { Services } from "../../src/http/kernel/services.ts";

/** A request whose body comes in these parts; and how often its time was renewed before each. */
function importOf(parts: readonly (string | Error)[]) {
  const rest = [...parts];
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const part = rest.shift();
        if (part === undefined) controller.close();
        else if (part instanceof Error) controller.error(part);
        else controller.enqueue(new TextEncoder().encode(part));
      },
    },
    { highWaterMark: 0 },
  );
  const request = new Request("http://127.0.0.1/fault/import", {
    method: "POST",
    body,
    headers: { "Content-Type": "text/csv; charset=utf-8" },
  });
  const renewals: number[] = [];
  const services = {
    keepOpen: (_: Request, seconds: number) => renewals.push(seconds),
    shutdown: new AbortController().signal,
  };
  const charges: number[] = [];
  const principal = { charge: (cost: number) => charges.push(cost) } as unknown as Principal;
  return { ...importStream(services as unknown as Services, request, principal), renewals, charges };
}

test("every part that comes gives the next one two minutes", async () => {
  const { format, body, renewals } = importOf(["site,", "started_at\n", "a,b\n"]);
  const texts: string[] = [];
  for await (const part of body) texts.push(new TextDecoder().decode(part));
  expect({ format, text: texts.join("") }).toEqual({ format: "csv", text: "site,started_at\na,b\n" });
  expect(renewals).toEqual([120, 120, 120, 120]);
});

test("whoever sends is charged for what came, part by part", async () => {
  const { body, charges } = importOf(["x".repeat(65_536), "y".repeat(32_768)]);
  for await (const _ of body);
  expect(charges).toEqual([1, 0.5]);
});

test("a connection that breaks breaks the stream", async () => {
  const { body } = importOf(["site,started_at\n", new Error("the line went dead")]);
  const read = async () => {
    for await (const _ of body);
  };
  await expect(read()).rejects.toThrow("the line went dead");
});

test("parts smaller than any row are dear, and break the stream when there are too many in a row", async () => {
  const { body, charges } = importOf([
    ...Array<string>(4095).fill("x"),
    "y".repeat(640_000),
    ...Array<string>(4095).fill("z"),
  ]);
  for await (const _ of body);
  expect(charges[0]).toBe(1 / 500);
  const tiny = importOf(Array<string>(5000).fill("x"));
  const read = async () => {
    for await (const _ of tiny.body);
  };
  // Not by `rejects`, which waits without the turns of the event loop that the stream waits for.
  const refusal: unknown = await read().catch((error) => error);
  expect(refusal).toMatchObject({
    reason: "parameter_invalid",
    message: expect.stringContaining("4096 parts"),
  });
  expect(tiny.charges.length).toBeLessThan(5000);
});
