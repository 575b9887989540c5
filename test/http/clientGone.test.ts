// A client that goes before its body is there: nobody is answered, and it is no fault of the server.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connected } from "../security/rawSocket.ts";
import { type Client, startTestServer, type TestServer } from "../support/server.ts";

const logged: { level: string; event: string; facts: Record<string, unknown> }[] = [];
let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer({ log: (level, event, facts) => void logged.push({ level, event, facts }) });
  client = await server.client();
});
afterAll(() => server.stop());

test.each([
  ["a body with a length", "/sites", "application/json", "Content-Length: 500\r\n\r\n{"],
  ["a body in chunks", "/sites", "application/json", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"],
  ["an import", "/sites/import", "text/csv", "Transfer-Encoding: chunked\r\n\r\n5\r\nname\n\r\n"],
])(
  "%s that ends with its connection is counted as 499 and logged as no error",
  async (_, path, type, body) => {
    logged.splice(0);
    const socket = await connected(server.url);
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${client.token}\r\nContent-Type: ${type}\r\n${body}`,
    );
    await client.get("/healthz"); // by then the request's head was read
    socket.destroy();
    const requests = () =>
      logged.filter(({ event, facts }) => event === "request" && facts["route"] === path);
    while (requests().length === 0) await Bun.sleep(2);
    expect(requests().map(({ facts }) => facts["status"])).toEqual([499]);
    expect(logged.filter(({ level }) => level === "error")).toEqual([]);
    const { text } = await client.get("/metrics");
    expect(text).toContain(`nines_http_requests_total{method="POST",route="${path}",status="499"}`);
  },
);
