// A server that is told to stop while clients are slow: it ends when its time is over, and says so to those whose
// import or export it breaks off.
import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { databasePath } from "../../src/store/database/open.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

/** Far longer than a test may take: who waits for it is found out. */
const ENDLESS_MS = 600_000;
const FAULTS = 45_000;

let server: TestServer | null;
let sockets: Socket[];
beforeEach(() => {
  server = null;
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server?.stop().catch(() => {});
});

async function started(graceMs: number): Promise<{ client: Client; stop: () => Promise<number> }> {
  const running = await startTestServer({ graceMs });
  server = running;
  const stop = async () => {
    server = null;
    const startedMs = performance.now();
    await running.stop();
    return performance.now() - startedMs;
  };
  return { client: await running.client(), stop };
}

/** A request by hand; what came back so far, and a promise of its end. */
function raw({ token }: Client, head: string) {
  const { hostname, port } = new URL(server?.url ?? "");
  const socket = connect({ host: hostname, port: Number(port) });
  sockets.push(socket);
  const answer = { text: "", socket, ended: Promise.withResolvers<void>() };
  socket.on("data", (bytes) => {
    answer.text += bytes.toString("latin1");
  });
  socket.on("close", () => answer.ended.resolve());
  socket.on("error", () => answer.ended.resolve());
  socket.write(`${head} HTTP/1.1\r\nHost: nines\r\nAuthorization: Bearer ${token}\r\n`);
  return answer;
}

const IMPORT = "POST /fault/import";
/** The server says when it has the head of the request. */
const CHUNKED = "Expect: 100-continue\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n";
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await Bun.sleep(5);
};

/** So many faults of a site, straight into the database: an import takes its time. */
async function manyFaults(client: Client): Promise<void> {
  const { body: site } = await client.post("/sites", { name: "Bern" });
  const db = new Database(databasePath(server?.dataFolder ?? ""), { readwrite: true });
  const { changes } = db
    .query(
      `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < ?2)
       INSERT INTO faults (id, workspace, site_seq, type, severity, message, started_at_ms, resolved_at_ms, updated_at_ms)
       SELECT printf('flt_%027d', n), workspace, seq, 'site', 'LOW', ?4, ?3 + n * 1000, ?3 + n * 1000 + 500, 0
       FROM sites, n WHERE id = ?1`,
    )
    .run(site.id, FAULTS, Date.UTC(2025, 0, 1), "a long cause ".repeat(8));
  db.close();
  expect(changes).toBe(FAULTS);
}

test("an export that nobody reads is cut when the time is over", async () => {
  const { client, stop } = await started(300);
  await manyFaults(client);
  const { socket } = raw(client, "GET /fault/export");
  socket.write("\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  socket.pause();
  expect(await stop()).toBeLessThan(5000);
});

test("an export that is read is broken off at once: its body has no end", async () => {
  const { client, stop } = await started(ENDLESS_MS);
  await manyFaults(client);
  const answer = raw(client, "GET /fault/export");
  answer.socket.write("\r\n");
  await until(() => answer.text.length > 0);
  await stop();
  await answer.ended.promise;
  expect(answer.text).toContain("200 OK");
  expect(answer.text.split("\n").length).toBeLessThan(FAULTS);
  expect(answer.text.endsWith("\r\n0\r\n\r\n")).toBe(false);
});

test("an import that comes row by row is told how many of them were stored", async () => {
  const { client, stop } = await started(ENDLESS_MS);
  await client.post("/sites", { name: "Bern" });
  const rows = [1, 2, 3].map((day) => `Bern,2026-01-0${day}T00:00:00Z,2026-01-0${day}T01:00:00Z\n`);
  const answer = raw(client, IMPORT);
  answer.socket.write(CHUNKED + chunk("site,started_at,resolved_at\n"));
  for (const row of rows) {
    answer.socket.write(chunk(row));
    await Bun.sleep(20);
  }
  const stopped = stop();
  await answer.ended.promise;
  await stopped;
  expect(answer.text).toContain("503");
  expect(answer.text).toContain('"code":"server_stopping"');
  expect(answer.text).toMatch(/[123] rows were read, of which [123] were created, 0 updated/);
});

test("an import that comes byte by byte holds up nothing", async () => {
  const { client, stop } = await started(ENDLESS_MS);
  const answer = raw(client, IMPORT);
  answer.socket.write(CHUNKED);
  await until(() => answer.text.includes("100 Continue"));
  const timer = setInterval(() => answer.socket.write(chunk("x")), 10);
  // "Continue" is the runtime's word. What is asked for later, and is answered, went the same way as the import.
  for (let round = 0; round < 5; round++) expect((await client.get("/sites")).status).toBe(200);
  const stopped = stop();
  await answer.ended.promise;
  clearInterval(timer);
  await stopped;
  expect(answer.text).toContain("0 rows were read");
  expect(answer.text).toContain('"code":"server_stopping"');
});

test("a request whose body never comes is cut when the time is over", async () => {
  const { client, stop } = await started(300);
  const answer = raw(client, "POST /sites");
  answer.socket.write("Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n");
  await until(() => answer.text.includes("100 Continue"));
  answer.socket.write('{"name":');
  expect(await stop()).toBeLessThan(5000);
});

test("a request and a report under way end normally", async () => {
  const { client, stop } = await started(ENDLESS_MS);
  const { body: schedule } = await client.post("/reports/sla/schedules", aSchedule());
  const range = { from_date: "2026-01-01", to_date: "2026-01-31" };
  expect((await client.post(`/reports/sla/schedules/${schedule.id}/run`, range)).status).toBe(202);
  const answer = raw(client, "POST /sites");
  answer.socket.write("Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n");
  await until(() => answer.text.includes("100 Continue"));
  const stopped = stop();
  answer.socket.write('{"name":"Bern"}');
  await until(() => answer.text.includes("201 Created"));
  answer.socket.end();
  await stopped;
});

test("what is computed at once ends normally, too", async () => {
  const { client, stop } = await started(ENDLESS_MS);
  const answer = raw(client, "GET /uptime?from=2026-01-01&to=2026-01-31");
  answer.socket.write("Connection: close\r\n\r\n");
  // What is asked for later, and is answered, went the same way; its thread takes longer to start.
  for (let round = 0; round < 3; round++) expect((await client.get("/sites")).status).toBe(200);
  const stopped = stop();
  await answer.ended.promise;
  await stopped;
  expect(answer.text).toContain("200 OK");
  expect(answer.text).toContain('"overall"');
});
