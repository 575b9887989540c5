// What is not quite HTTP: answered or cut at once, never taken for two different things, and the server goes on.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { isLong } from "../support/chance.ts";
import { type Client, startTestServer, type TestServer } from "../support/server.ts";
import { connected, exchange } from "./rawSocket.ts";

let server: TestServer;
let client: Client;
let authorization: string;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  authorization = `Authorization: Bearer ${client.token}\r\n`;
});
afterAll(() => server.stop());
afterEach(async () => expect((await client.get("/sites")).status).toBe(200));

const BODY = '{"name":"smuggled"}';
const sitesNamed = async (name: string) =>
  (await client.get(`/sites?name=${name}`)).body.meta.total as number;
const get = (path: string, headers = "") => `GET ${path} HTTP/1.1\r\nHost: nines.example\r\n${headers}\r\n`;
const post = (headers: string, body: string) =>
  `POST /sites HTTP/1.1\r\nHost: nines.example\r\n${authorization}Content-Type: application/json\r\n${headers}\r\n${body}`;
const CHUNKED = `13\r\n${BODY}\r\n0\r\n\r\n`;

describe("a body whose length is not certain is refused and the connection cut", () => {
  test.each([
    ["two different Content-Lengths", "Content-Length: 19\r\nContent-Length: 5\r\n", BODY],
    ["a list of Content-Lengths", "Content-Length: 19, 19\r\n", BODY],
    ["Content-Length and Transfer-Encoding", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", CHUNKED],
    ["Transfer-Encoding and Content-Length", "Transfer-Encoding: chunked\r\nContent-Length: 19\r\n", CHUNKED],
    ["an unknown Transfer-Encoding", "Transfer-Encoding: xchunked\r\n", CHUNKED],
    ["two Transfer-Encodings", "Transfer-Encoding: gzip, chunked\r\n", CHUNKED],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n", CHUNKED],
    ["a negative length", "Content-Length: -1\r\n", BODY],
    ["a length with a sign", "Content-Length: +19\r\n", BODY],
    ["a length in hexadecimal", "Content-Length: 0x13\r\n", BODY],
    ["a length beyond all numbers", "Content-Length: 99999999999999999999999\r\n", BODY],
    ["a chunk of no size", "Transfer-Encoding: chunked\r\n", `zz\r\n${BODY}\r\n0\r\n\r\n`],
    ["a chunk beyond all numbers", "Transfer-Encoding: chunked\r\n", `ffffffffffffffff\r\n${BODY}\r\n`],
  ])("%s", async (_, headers, body) => {
    const second = get("/sites", authorization);
    const { text, isCut } = await exchange(server.url, post(headers, body) + second, { enough: () => false });
    expect(text).toMatch(/^HTTP\/1\.1 400 [^\n]*\r\n/);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(isCut).toBe(true);
    expect(await sitesNamed("smuggled")).toBe(0);
  });
});

describe("heads that are none are refused and the connection cut", () => {
  test.each([
    ["no HTTP at all", "\x00\x01\x02 garbage\r\n\r\n", "400"],
    ["TLS", new Uint8Array([22, 3, 1, 0, 165, 1, 0, 0, 161, 3, 3]), "400"],
    ["HTTP/2 without being asked", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"],
    ["HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: nines.example\r\n\r\n", "505"],
    ["HTTP/0.9", "GET /healthz\r\n\r\n", "505"],
    ["no Host", "GET /healthz HTTP/1.1\r\n\r\n", "400"],
    ["no slash", get("healthz"), "400"],
    ["a folded header", get("/healthz", "X-A: b\r\n c\r\n"), "400"],
    ["line feeds alone", "GET /healthz HTTP/1.1\nHost: nines.example\n\n", "505"],
    ["a zero byte in a header", get("/healthz", "X-A: a\0b\r\n"), "400"],
    ["a zero byte in the path", get("/heal\0thz"), "505"],
    ["300 headers", get("/healthz", Array.from({ length: 300 }, (_, i) => `X-${i}: y\r\n`).join("")), "431"],
    ["a header of 100,000 characters", get("/healthz", `X-A: ${"a".repeat(100_000)}\r\n`), "431"],
    ["a path of 100,000 characters", get(`/${"a".repeat(100_000)}`), "431"],
  ])("%s", async (_, bytes, status) => {
    const { text, isCut } = await exchange(server.url, bytes, { enough: () => false });
    expect(text).toStartWith(`HTTP/1.1 ${status} `);
    expect(isCut).toBe(true);
  });

  test.each(["get", "G".repeat(5000), "GET\t", "G(T"])("the method %p", async (method) => {
    const { text, isCut } = await exchange(
      server.url,
      `${method} /healthz HTTP/1.1\r\nHost: a.example\r\n\r\n`,
    );
    expect(text).toMatch(/^$|^HTTP\/1\.1 (400|505) /);
    expect(isCut).toBe(true);
  });
});

describe("odd requests get the answer that anybody would", () => {
  const statusOf = async (bytes: string) => (await exchange(server.url, bytes)).text.slice(9, 12);

  test.each([
    ["HTTP/1.0 without a Host", "GET /healthz HTTP/1.0\r\n\r\n", "200"],
    ["an absolute address", get("http://nines.example/healthz"), "200"],
    ["another server's address", get("http://evil.example/tags"), "401"],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", "404"],
    ["two slashes", get("//tags"), "404"],
    ["a fragment", get("/healthz#x"), "404"],
    ["dots", get("/docs/../tags"), "401"],
    ["escaped dots", get("/docs/%2e%2e/tags"), "401"],
    ["what is no percent escape", get("/sites?name=%zz%ff&tag=%"), "401"],
    ["an upgrade to WebSocket", get("/healthz", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), "200"],
    ["an upgrade to HTTP/2", get("/healthz", "Connection: Upgrade\r\nUpgrade: h2c\r\n"), "200"],
  ])("%s", async (_, bytes, status) => {
    expect(await statusOf(bytes)).toBe(status);
  });

  test.each(["", "x", "a b[", "a/b?c#d@e:99999", "[::1", "\x80", "%", "a".repeat(5000)])(
    "the Host %p changes no answer, and is not repeated in one",
    async (host) => {
      const asked = (path: string) =>
        exchange(server.url, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${authorization}\r\n`);
      for (const [path, status] of [
        ["/healthz", 200],
        ["/tags", 200],
        ["/sites/x", 404],
        ["/sites?name=a&page=0", 400],
        ["/nothing/here?x=1", 404],
      ] as const) {
        const { text } = await asked(path);
        expect(`${path} ${text}`).toStartWith(`${path} HTTP/1.1 ${status} `);
        expect(text).toMatch(/\r\nx-request-id: req_/i);
        if (path === "/nothing/here?x=1") expect(text).toContain("There is nothing at '/nothing/here'");
        if (host.length > 1) expect(text).not.toContain(host);
      }
    },
  );

  test("requests in a row are answered in a row, up to the one that is garbage", async () => {
    const row = `${get("/healthz")}${get("/readyz")}\x01\x02\r\n\r\n${get("/healthz")}`;
    const { text, isCut } = await exchange(server.url, row, { enough: () => false });
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      "200",
      "200",
      "400",
    ]);
    expect(isCut).toBe(true);
  });
});

describe("slow senders and silent ones", () => {
  const open: Socket[] = [];
  afterAll(() => {
    for (const socket of open) socket.destroy();
  });
  const openMany = async (count: number, bytes: string) => {
    const sockets = await Promise.all(Array.from({ length: count }, () => connected(server.url)));
    for (const socket of sockets) {
      socket.on("error", () => {});
      socket.write(bytes);
    }
    open.push(...sockets);
    return sockets;
  };

  test("300 connections with nothing, half a head, or half a body do not hold up others", async () => {
    await openMany(100, "");
    await openMany(100, "GET /healthz HTTP/1.1\r\nHost: nines.ex");
    await openMany(50, post("Content-Length: 1000\r\n", "{"));
    await openMany(50, post("Transfer-Encoding: chunked\r\n", "1\r\n{\r\n"));
    const answers = await Promise.all(Array.from({ length: 100 }, () => client.get("/sites")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  test("a body that comes in single bytes is read; one that ends too early leaves nothing behind", async () => {
    const body = JSON.stringify({ name: "slow" });
    const [slow, gone] = await Promise.all([
      openMany(1, ""),
      openMany(20, post("Content-Length: 19\r\n", "{")),
    ]);
    for (const socket of gone) socket.end();
    const [socket] = slow as [Socket];
    const answered = new Promise<string>((resolve) =>
      socket.once("data", (part) => resolve(part.toString())),
    );
    for (const byte of post(`Content-Length: ${body.length}\r\n`, body)) socket.write(byte);
    expect(await answered).toStartWith("HTTP/1.1 201 ");
    expect(await sitesNamed("slow")).toBe(1);
    expect(await sitesNamed("smuggled")).toBe(0);
  });

  test("who hangs up before the answer, or half, harms nobody", async () => {
    const sockets = await openMany(50, get("/sites", authorization));
    for (const [index, socket] of sockets.entries()) {
      if (index % 2 === 0) socket.destroy();
      else socket.end();
    }
    await Bun.sleep(50);
    expect((await client.get("/readyz")).status).toBe(200);
  });
});

// Takes a minute, so it belongs to the long form.
const inTheEnd = () =>
  describe("in the end", () => {
    test.each([
      ["nothing", () => "", 20],
      ["a head that never ends", () => "GET /healthz HTTP/1.1\r\nX: ", 20],
      ["a body that never ends", () => post("Content-Length: 1000\r\n", "{"), 45],
    ])(
      "who sends %s, a byte at a time, is cut off",
      async (_, first, seconds) => {
        const socket = await connected(server.url);
        const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
        const dripping = setInterval(() => first() !== "" && socket.write(" "), 1000);
        socket.on("error", () => {});
        socket.write(first());
        const isCut = await Promise.race([
          closed.then(() => true),
          Bun.sleep(seconds * 1000).then(() => false),
        ]);
        clearInterval(dripping);
        socket.destroy();
        expect(isCut).toBe(true);
      },
      60_000,
    );
  });
if (isLong) inTheEnd();
