// A webhook's receiver is anybody's machine: whatever it answers, however much and for however long, costs a bounded
// number of bytes and a bounded time, and is told in words.
import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { webhookChannel } from "../../src/notify/webhook.ts";
import { anOrder, TEST_NOTICE } from "./aNotice.ts";

/** What a receiver may send before it is cut off, with all that lies in the buffers between two sockets. */
const MOST_SENT_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 1000;

let server: Server | null = null;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
});

type Hostile = { url: string; sentBytes: () => number; closed: Promise<void> };

/** A receiver that sends the first bytes once it has the request, and then the same ones for ever. */
async function receiver(first: string | Uint8Array, forEver = ""): Promise<Hostile> {
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  const pump = (socket: Socket) => {
    while (!socket.destroyed) {
      sent += forEver.length;
      if (!socket.write(forEver)) return socket.once("drain", () => pump(socket));
    }
  };
  const listening = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => closed.resolve());
    // Who sends nothing more only learns that the other side has ended.
    socket.on("end", () => forEver === "" && closed.resolve());
    socket.once("data", () => {
      sent += first.length;
      socket.write(first);
      if (forEver !== "") pump(socket);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/hook`, sentBytes: () => sent, closed: closed.promise };
}

const send = (target: string) =>
  webhookChannel({ allowsPrivate: true, version: "1.2.3", now: () => 0, timeoutMs: TIMEOUT_MS })(
    anOrder({ channel: "webhook", target, secret: "a secret of sixteen and more" }),
    TEST_NOTICE,
  );
const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const LOT = "a".repeat(65_536);

describe("a receiver that answers, and sends for ever after, has it, and is cut off", () => {
  test.each([
    ["a body", `${OK}\r\n`, LOT],
    ["a body of a length that nobody has", `${OK}Content-Length: 99999999999999\r\n\r\n`, LOT],
    ["a chunk", `${CHUNKED}fffffffffff\r\n`, LOT],
    ["chunks of a byte", CHUNKED, "1\r\nx\r\n".repeat(10_000)],
    ["an extension of a chunk", `${CHUNKED}5;`, LOT],
    ["trailers", `${CHUNKED}0\r\n`, "X: y\r\n".repeat(10_000)],
    ["what is said to be compressed", `${OK}Content-Encoding: br\r\n\r\n`, LOT],
    ["a body after an answer that has none", "HTTP/1.1 204 No Content\r\n\r\n", LOT],
  ])("%s", async (_, first, forEver) => {
    const { url, sentBytes, closed } = await receiver(first, forEver);
    expect(await send(url)).toEqual({ kind: "sent" });
    await closed;
    expect(sentBytes()).toBeLessThan(MOST_SENT_BYTES);
  });

  test("a redirect is refused as any", async () => {
    const { url, sentBytes, closed } = await receiver("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", LOT);
    expect(await send(url)).toMatchObject({ kind: "refused" });
    await closed;
    expect(sentBytes()).toBeLessThan(MOST_SENT_BYTES);
  });
});

test.each([200, 500])("256 MB in a body of 260 kB are not unpacked: the status is %d", async (status) => {
  const bomb = gzipSync(new Uint8Array(256 * 1024 * 1024));
  const head = `HTTP/1.1 ${status} X\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
  const { url, closed } = await receiver(Buffer.concat([Buffer.from(head), bomb]));
  const before = process.memoryUsage.rss();
  const outcome = await send(url).catch(({ message }: Error) => message);
  expect(outcome).toEqual(status === 200 ? { kind: "sent" } : "the receiver answered 500");
  await closed;
  expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
});

describe("a receiver that never comes to its answer is cut off before its time is over, with a reason", () => {
  test.each([
    ["a header without an end", `${OK}X: `, LOT, "does not end"],
    ["headers without an end", OK, "X-A: bbbbbbbbbb\r\n".repeat(4000), "does not end"],
    ["a status without an end", "HTTP/1.1 200 ", LOT, "does not end"],
    ["100 for ever", "", "HTTP/1.1 100 Continue\r\n\r\n".repeat(3000), "does not end"],
    ["103 for ever", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(2000), "does not end"],
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", LOT, "not HTTP"],
    ["noise", "", "garbage ".repeat(8000), "not HTTP"],
    ["a status that is none", "HTTP/1.1 000 X\r\n\r\n", LOT, "not HTTP"],
  ])("%s", async (_, first, forEver, reason) => {
    const { url, sentBytes, closed } = await receiver(first, forEver);
    await expect(send(url)).rejects.toThrow(`it could not be understood: the answer`);
    await closed;
    expect(sentBytes()).toBeLessThan(MOST_SENT_BYTES);
    server?.close();
    const again = await receiver(first, forEver);
    await expect(send(again.url)).rejects.toThrow(reason);
  });
});

test("an interim answer, and then the answer, is the answer", async () => {
  const { url } = await receiver(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n${OK}\r\n`);
  expect(await send(url)).toEqual({ kind: "sent" });
});

test("an answer without an end to its body holds up nobody: the status has said all", async () => {
  const { url, closed } = await receiver(`${OK}Content-Length: 100\r\n\r\nx`);
  // Were it waited for, the time would be over.
  expect(await send(url)).toEqual({ kind: "sent" });
  await closed;
});

test.each([
  ["nothing", ""],
  ["half a head", `${OK}X: y\r\n`],
  ["half an interim answer", "HTTP/1.1 100 Con"],
])("a receiver that says %s is left when the time is over", async (_, first) => {
  const { url, closed } = await receiver(first);
  await expect(send(url)).rejects.toThrow("there was no answer within 1 s");
  await closed;
});
