// Webhooks: what arrives at a real receiver, and what becomes of those that answer otherwise or not at all.
import { afterEach, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { type WebhookOptions, webhookChannel } from "../../src/notify/webhook.ts";
import { anOrder, aReportNotice, REPORT, TEST_NOTICE } from "./aNotice.ts";
import { CERTIFICATE, CERTIFIED_NAME, KEY } from "./certificate.ts";

const NOW = Date.parse("2026-11-01T07:00:05.678Z");
const SECRET = "a secret of sixteen and more";
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

type Got = { method: string; path: string; headers: Headers; body: string };

/** A receiver on this machine that keeps what it gets and answers as told. */
function receiver(
  answer: (request: Request) => Response | Promise<Response> = () => new Response(),
  tls = false,
) {
  const got: Got[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(tls ? { tls: { key: KEY, cert: CERTIFICATE } } : {}),
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      got.push({
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body: await request.text(),
      });
      return answer(request);
    },
  });
  stops.push(() => server.stop(true));
  return { got, port: server.port as number, url: `http://127.0.0.1:${server.port}/hook?a=b` };
}

const channel = (options: Partial<WebhookOptions> = {}) =>
  webhookChannel({ allowsPrivate: true, version: "1.2.3", now: () => NOW, ...options });
const order = (target: string) => anOrder({ channel: "webhook", target, secret: SECRET });
const send = (target: string, options: Partial<WebhookOptions> = {}) =>
  channel(options)(order(target), aReportNotice());
const toLoopback = async () => [{ address: "127.0.0.1", family: 4 }];

/** HMAC-SHA256 by WebCrypto, as a receiver might check it. */
async function isSigned({ headers, body }: Got, secret: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const [, hex = ""] = /^v1=([0-9a-f]{64})$/.exec(headers.get("nines-signature") ?? "") ?? [];
  const signed = encoder.encode(`${headers.get("nines-timestamp")}.${body}`);
  return crypto.subtle.verify("HMAC", key, Uint8Array.fromHex(hex), signed);
}

describe("a receiver gets", () => {
  test("the report, links to its files, and the delivery's id", async () => {
    const { got, url } = receiver();
    expect(await send(url)).toEqual({ kind: "sent" });
    expect(got).toHaveLength(1);
    const [{ method, path, headers, body } = expect.unreachable()] = got;
    expect({ method, path }).toEqual({ method: "POST", path: "/hook?a=b" });
    expect(headers.get("content-type")).toBe("application/json");
    expect(headers.get("user-agent")).toBe("Nines/1.2.3");
    expect(headers.get("nines-delivery")).toBe(order(url).id);
    expect(JSON.parse(body)).toEqual({
      event: "report.completed",
      delivery_id: order(url).id,
      report: REPORT,
      links: aReportNotice().links,
    });
  });

  test("a signature over time and body that others can check, and that a changed body does not have", async () => {
    const { got, url } = receiver();
    await send(url);
    const [first = expect.unreachable()] = got;
    expect(first.headers.get("nines-timestamp")).toBe("1793516405");
    expect(await isSigned(first, SECRET)).toBe(true);
    expect(await isSigned(first, `${SECRET}!`)).toBe(false);
    expect(await isSigned({ ...first, body: `${first.body} ` }, SECRET)).toBe(false);
  });

  test("a test that names the group", async () => {
    const { got, url } = receiver();
    await channel()(order(url), TEST_NOTICE);
    expect(JSON.parse(got[0]?.body ?? "")).toEqual({
      event: "test",
      delivery_id: order(url).id,
      notification_group: { id: TEST_NOTICE.groupId, name: "Operations" },
    });
  });
});

describe("a receiver that answers", () => {
  test.each([200, 201, 202, 204, 299])("%d has it", async (status) => {
    const { url } = receiver(() => new Response(null, { status }));
    expect(await send(url)).toEqual({ kind: "sent" });
  });

  test.each([301, 302, 303, 307, 308])(
    "%d, a redirect, is told of it, and nothing is sent there",
    async (status) => {
      const elsewhere = receiver();
      const { url } = receiver(() => new Response(null, { status, headers: { Location: elsewhere.url } }));
      expect(await send(url)).toMatchObject({
        kind: "refused",
        reason: expect.stringContaining(`${status}, a redirect`),
      });
      expect(elsewhere.got).toEqual([]);
    },
  );

  test("410 is not asked again", async () => {
    const { url } = receiver(() => new Response(null, { status: 410 }));
    expect(await send(url)).toMatchObject({ kind: "refused" });
  });

  test.each([400, 401, 404, 429, 500, 503])("%d is worth another try", async (status) => {
    const { url } = receiver(() => new Response("secret words of the receiver", { status }));
    await expect(send(url)).rejects.toThrow(`the receiver answered ${status}`);
  });

  test("with more than it should is heard no longer than 64 KiB and some buffers", async () => {
    let sentBytes = 0;
    const { url } = receiver(
      () =>
        new Response(
          new ReadableStream({
            pull: async (controller) => {
              await Bun.sleep(1);
              sentBytes += 16_384;
              controller.enqueue(new Uint8Array(16_384));
            },
          }),
        ),
    );
    expect(await send(url)).toEqual({ kind: "sent" });
    expect(sentBytes).toBeLessThan(4 * 1024 * 1024);
  });

  test("and then says no more, has it all the same", async () => {
    const { url } = receiver(
      () => new Response(new ReadableStream({ start: (c) => c.enqueue(new Uint8Array(9)) })),
    );
    expect(await send(url, { timeoutMs: 200 })).toEqual({ kind: "sent" });
  });

  test("too late is worth another try", async () => {
    const { url } = receiver(async () => {
      await Bun.sleep(2000);
      return new Response();
    });
    await expect(send(url, { timeoutMs: 100 })).rejects.toThrow("there was no answer within 0.1 s");
  });
});

describe("a receiver that cannot be reached", () => {
  test("because it is down is worth another try", async () => {
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    await server.stop(true);
    await expect(send(`http://127.0.0.1:${server.port}/`)).rejects.toThrow("the connection was refused");
  });

  test("because its name does not exist is worth another try", async () => {
    await expect(send("https://hooks.invalid/")).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });

  test("because its name cannot be resolved in time is worth another try", async () => {
    const resolve = () => new Promise<never>(() => {});
    await expect(send("https://hooks.example.test/", { resolve, timeoutMs: 50 })).rejects.toThrow(
      "there was no answer within 0.05 s",
    );
  });

  test("because it speaks something else is worth another try", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("220 mail.example.com ready\r\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stops.push(() => server.close());
    const { port } = server.address() as { port: number };
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toThrow(/^(it could not|the connection)/);
  });
});

describe("over TLS", () => {
  const url = (port: number, name = CERTIFIED_NAME) => `https://${name}:${port}/hook`;

  test("the name is verified, and the address that was checked is the one connected to", async () => {
    let lookups = 0;
    const resolve = async () => {
      lookups++;
      return [{ address: "127.0.0.1", family: 4 }];
    };
    const { got, port } = receiver(undefined, true);
    expect(await send(url(port), { resolve, ca: CERTIFICATE })).toEqual({ kind: "sent" });
    expect(got[0]?.headers.get("host")).toBe(`${CERTIFIED_NAME}:${port}`);
    expect(lookups).toBe(1);
  });

  test("a certificate for another name is refused", async () => {
    const { got, port } = receiver(undefined, true);
    const options = { resolve: toLoopback, ca: CERTIFICATE };
    await expect(send(url(port, "other.example.test"), options)).rejects.toThrow(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
    expect(got).toEqual([]);
  });

  test("also after a connection to the same address with the right name", async () => {
    const { got, port } = receiver(undefined, true);
    const options = { resolve: toLoopback, ca: CERTIFICATE };
    await send(url(port), options);
    await expect(send(url(port, "other.example.test"), options)).rejects.toThrow(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
    expect(got).toHaveLength(1);
  });

  test("a certificate that nobody vouches for is refused", async () => {
    const { got, port } = receiver(undefined, true);
    await expect(send(url(port), { resolve: toLoopback })).rejects.toThrow(
      /it could not be reached: \w*CERT/,
    );
    expect(got).toEqual([]);
  });
});

describe("where private addresses are not allowed", () => {
  test("none is connected to, whatever name it has", async () => {
    const { got, port } = receiver();
    for (const url of [
      `http://127.0.0.1:${port}/`,
      `http://hooks.example.test:${port}/`,
      `http://localhost:${port}/`,
    ]) {
      const result = await send(url, { allowsPrivate: false, resolve: toLoopback });
      expect(result).toMatchObject({
        kind: "refused",
        reason: expect.stringContaining("private or local"),
      });
    }
    expect(got).toEqual([]);
  });

  test("a name that changes its address is asked once: what was checked is what counts", async () => {
    const { got, port } = receiver();
    const answers = ["203.0.114.1", "127.0.0.1"];
    const resolve = async () => [{ address: answers.shift() ?? "127.0.0.1", family: 4 }];
    const sending = send(`http://rebinding.example.test:${port}/`, {
      allowsPrivate: false,
      resolve,
      timeoutMs: 100,
    });
    await expect(sending).rejects.toThrow();
    expect(answers).toEqual(["127.0.0.1"]);
    expect(got).toEqual([]);
  });
});

test("the next address of a name is tried when the first cannot be connected to", async () => {
  const { got, port } = receiver();
  const resolve = async () => [
    { address: "::1", family: 6 },
    { address: "127.0.0.1", family: 4 },
  ];
  expect(await send(`http://hooks.example.test:${port}/`, { resolve })).toEqual({ kind: "sent" });
  expect(got).toHaveLength(1);
});
