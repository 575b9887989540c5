// A report's progress as server-sent events.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { aSchedule, type Client, clientOf, startTestServer, type TestServer } from "../support/server.ts";
import { startQuietServer } from "./openapi/quietServer.ts";
import { reportRow } from "./world.ts";

const JANUARY = { from_date: "2026-01-01", to_date: "2026-01-31" };

let server: TestServer;
let client: Client;
let schedule: string;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  schedule = (await client.post("/reports/sla/schedules", aSchedule())).body.id;
});
afterAll(() => server.stop());

type Event = { kind: string; report: Record<string, unknown> };
const open = (id: string, init: RequestInit = {}) =>
  fetch(`${server.url}/reports/sla/reports/${id}/events`, {
    ...init,
    headers: { Authorization: `Bearer ${client.token}` },
  });
const eventsOf = (text: string): Event[] =>
  text
    .split("\n\n")
    .filter((block) => block.startsWith("event: "))
    .map((block) => {
      const [, kind = "", data = ""] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      return { kind, report: JSON.parse(data) };
    });
/** Reads events until one of this kind; the stream stays open. */
async function readTo(stream: ReadableStreamDefaultReader<Uint8Array>, kind: string): Promise<Event> {
  for (let text = ""; ; ) {
    const { value, done } = await stream.read();
    if (done) throw new Error(`the stream ended before ${kind}: ${text}`);
    text += new TextDecoder().decode(value);
    const found = eventsOf(text).find((event) => event.kind === kind);
    if (found) return found;
  }
}

test("a run can be followed to its end: the last event is `completed`, with the report", async () => {
  const accepted = await client.post(`/reports/sla/schedules/${schedule}/run`, JANUARY);
  const answer = await open(accepted.body.report_id);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const events = eventsOf(await answer.text());
  expect(events.at(-1)?.kind).toBe("completed");
  expect(events.slice(0, -1).every(({ kind }) => kind === "progress")).toBe(true);
  expect(events.at(-1)?.report).toEqual(
    (await client.get(`/reports/sla/reports/${accepted.body.report_id}`)).body,
  );
});

test("a report that is finished is told of once, and the stream ends", async () => {
  const { id } = await client.run(schedule, "2026-01-01", "2026-01-31");
  const events = eventsOf(await (await open(id)).text());
  expect(events.map(({ kind }) => kind)).toEqual(["completed"]);
});

test("a report that failed says why", async () => {
  const id = reportRow(server, { status: "failed", scheduleId: schedule });
  const events = eventsOf(await (await open(id)).text());
  expect(events.map(({ kind, report }) => [kind, report["error"]])).toEqual([
    ["failed", "the disk was full"],
  ]);
});

test("progress is told when it changes, then the end", async () => {
  const quiet = await startQuietServer();
  try {
    const own = clientOf(quiet.url, quiet.token);
    const { id: scheduleId } = (await own.post("/reports/sla/schedules", aSchedule())).body;
    const { body } = await own.post(`/reports/sla/schedules/${scheduleId}/run`, JANUARY);
    const id: string = body.report_id;
    const answer = await fetch(`${quiet.url}/reports/sla/reports/${id}/events`, {
      headers: { Authorization: `Bearer ${quiet.token}` },
    });
    const stream = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    expect((await readTo(stream, "progress")).report).toMatchObject({ status: "queued", progress: 0 });
    quiet.store.reports.showProgress(id, 0.25);
    expect((await readTo(stream, "progress")).report).toMatchObject({ status: "running", progress: 0.25 });
    quiet.store.reports.requeue(id);
    expect((await readTo(stream, "progress")).report).toMatchObject({ status: "queued", progress: 0 });
    quiet.store.reports.fail(id, "boom");
    expect((await readTo(stream, "failed")).report).toMatchObject({ error: "boom" });
    expect((await stream.read()).done).toBe(true);
  } finally {
    await quiet.stop();
  }
});

test("a report that is deleted while it is followed ends the stream with `deleted`", async () => {
  const id = reportRow(server, { status: "running", scheduleId: schedule });
  const stream = (await open(id)).body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  await readTo(stream, "progress");
  await client.delete(`/reports/sla/reports/${id}`);
  await readTo(stream, "deleted");
  expect((await stream.read()).done).toBe(true);
});

test("HEAD answers at once, without events", async () => {
  const id = reportRow(server, { status: "running", scheduleId: schedule });
  const answer = await open(id, { method: "HEAD" });
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});

test("a server stops while streams are open, and after a client has left one", async () => {
  const own = await startTestServer();
  const admin = await own.client();
  const id = reportRow(own, { status: "running", scheduleId: schedule });
  const follow = (signal?: AbortSignal) =>
    fetch(`${own.url}/reports/sla/reports/${id}/events`, {
      headers: { Authorization: `Bearer ${admin.token}` },
      ...(signal ? { signal } : {}),
    });
  const leaving = new AbortController();
  const left = (await follow(leaving.signal)).body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  await readTo(left, "progress");
  leaving.abort();
  const stays = (await follow()).body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  await readTo(stays, "progress");
  await own.stop();
  expect((await stays.read()).done).toBe(true);
});
