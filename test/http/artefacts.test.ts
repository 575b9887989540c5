// The files of a report over HTTP: whole, in parts, unchanged, by signed links.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { rmSync, truncateSync } from "node:fs";
import type { Report } from "../../src/model/report.ts";
import { artefactPath } from "../../src/store/files/artefacts.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

const FILES = ["pdf", "json", "csv"] as const;
type Artefact = (typeof FILES)[number];
const NAME = 'Zürich & 東京 "gold" / a;b\\c';
let server: TestServer;
let client: Client;
let report: Report;
let other: Report;
beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  for (const name of ["Zurich", "=cmd()", "Bern"]) await client.post("/sites", { name });
  const id = (await client.post("/reports/sla/schedules", aSchedule({ name: NAME }))).body.id;
  report = await client.run(id, "2026-01-01", "2026-01-31");
  other = await client.run(id, "2026-01-01", "2026-01-30");
});
afterAll(() => server.stop());

const path = (artefact: Artefact, id = report.id) => `/reports/sla/reports/${id}/${artefact}`;
const load = (url: string, init: RequestInit = {}) =>
  fetch(url.startsWith("http") ? url : `${server.url}${url}`, {
    ...init,
    headers: { Authorization: `Bearer ${client.token}`, ...init.headers },
  });
const loadBytes = async (artefact: Artefact, headers: Record<string, string> = {}) =>
  Buffer.from(await (await load(path(artefact), { headers })).arrayBuffer());
const link = async (body: Record<string, unknown> = {}) =>
  (await client.post(`/reports/sla/reports/${report.id}/links`, body)).body;

test.each([
  ["pdf", "application/pdf", /^%PDF-1\.\d/],
  ["json", "application/json; charset=utf-8", /^\{/],
  ["csv", "text/csv; charset=utf-8", /^site_id,name,/],
] as const)(
  "the %s comes whole, with its type, length, and a tag that is the hash of its bytes",
  async (artefact, type, start) => {
    const answer = await load(path(artefact));
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("content-length")).toBe(String(bytes.length));
    expect(answer.headers.get("accept-ranges")).toBe("bytes");
    expect(answer.headers.get("etag")).toBe(`"${createHash("sha256").update(bytes).digest("hex")}"`);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(bytes.toString("latin1")).toMatch(start);
  },
);

test("the file name holds the schedule's name and the period, for old clients and for new ones", async () => {
  const header = (await load(path("pdf"))).headers.get("content-disposition") ?? "";
  const [, plain = "", encoded = ""] =
    /^attachment; filename="([ -~]*)"; filename\*=UTF-8''(\S+)$/.exec(header) ?? [];
  expect(plain).toBe("Zurich _gold_ _ ab_c 2026-01-01 to 2026-01-31.pdf");
  expect(decodeURIComponent(encoded)).toBe("Zürich & 東京 _gold_ _ a;b_c 2026-01-01 to 2026-01-31.pdf");
});

test("the JSON is the report document, and names the report", async () => {
  const { body } = await client.get(path("json"));
  expect(body.report).toMatchObject({ id: report.id, schedule_id: report.schedule_id });
  expect(body.sites).toHaveLength(3);
});

test("the CSV has a row for each site, and no text that a spreadsheet would run", async () => {
  const rows = (await client.get(path("csv"))).text.trimEnd().split("\r\n");
  expect(rows).toHaveLength(4);
  expect(rows.some((row) => row.includes(",=cmd()"))).toBe(false);
});

test.each(FILES)("a client that has the %s is told so without its bytes", async (artefact) => {
  const etag = (await load(path(artefact))).headers.get("etag") ?? "";
  for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const answer = await load(path(artefact), { headers: { "If-None-Match": tags } });
    expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([304, "", etag]);
  }
  expect((await load(path(artefact), { headers: { "If-None-Match": '"other"' } })).status).toBe(200);
});

test("parts of a file are what the whole has there", async () => {
  const whole = await loadBytes("pdf");
  const size = whole.length;
  for (const [range, from, to] of [
    ["bytes=0-0", 0, 1],
    ["bytes=0-99", 0, 100],
    ["bytes=100-", 100, size],
    ["bytes=-10", size - 10, size],
    [`bytes=-${size + 100}`, 0, size],
    [`bytes=${size - 1}-`, size - 1, size],
    [`bytes=10-${size + 100}`, 10, size],
  ] as const) {
    const answer = await load(path("pdf"), { headers: { Range: range } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${size}`);
    expect(answer.headers.get("content-length")).toBe(String(to - from));
    expect(Buffer.from(await answer.arrayBuffer()).equals(whole.subarray(from, to))).toBe(true);
  }
});

test("a download that was cut off goes on where it stopped, unless the file is another", async () => {
  const whole = await loadBytes("csv");
  const etag = (await load(path("csv"))).headers.get("etag") ?? "";
  const rest = await loadBytes("csv", { Range: "bytes=50-", "If-Range": etag });
  expect(Buffer.concat([whole.subarray(0, 50), rest]).equals(whole)).toBe(true);
  const again = await load(path("csv"), { headers: { Range: "bytes=50-", "If-Range": '"other"' } });
  expect(again.status).toBe(200);
});

test.each(["bytes=0-1,5-6", "bytes=", "bytes=-", "lines=1-2", "bytes=a-b"])(
  "the range %s is passed over: the whole file comes",
  async (range) => {
    const answer = await load(path("csv"), { headers: { Range: range } });
    expect([answer.status, await answer.text()]).toEqual([200, (await client.get(path("csv"))).text]);
  },
);

test.each(FILES)("HEAD of the %s tells what GET would, without the bytes", async (artefact) => {
  const get = await load(path(artefact));
  for (const headers of [{}, { Range: "bytes=0-9" }, { Range: "bytes=99999999-" }]) {
    const head = await load(path(artefact), { method: "HEAD", headers });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const name of ["content-length", "content-type", "etag", "content-disposition", "accept-ranges"])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  }
});

test("a signed link loads the file without a token, for seven days unless told otherwise", async () => {
  const before = Date.now();
  const made = await link();
  expect(made.url).toStartWith(`${server.url}${path("pdf")}?`);
  const lastsMs = Date.parse(made.expires_at) - before;
  expect(Math.abs(lastsMs - 7 * 86_400_000)).toBeLessThan(60_000);
  const answer = await fetch(made.url);
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer()).equals(await loadBytes("pdf"))).toBe(true);
});

test.each(FILES)("a link to the %s works for it and for no other file or report", async (artefact) => {
  const { url } = await link({ artefact, expires_in: 60 });
  expect((await fetch(url)).status).toBe(200);
  for (const wrong of FILES.filter((one) => one !== artefact))
    expect((await fetch(url.replace(`/${artefact}?`, `/${wrong}?`))).status).toBe(403);
  expect((await fetch(url.replace(report.id, other.id))).status).toBe(403);
  const dead = `${url.split("?")[0]?.replace(`/${artefact}`, "")}?${url.split("?")[1]}`;
  expect((await fetch(dead)).status).toBe(401);
});

test("a link also serves parts, HEAD and 304, and works whatever token comes with it", async () => {
  const { url } = await link({ artefact: "csv" });
  const etag = (await fetch(url)).headers.get("etag") ?? "";
  expect((await fetch(url, { headers: { Range: "bytes=0-3" } })).status).toBe(206);
  expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
  expect((await fetch(url, { headers: { "If-None-Match": etag } })).status).toBe(304);
  expect((await fetch(url, { headers: { Authorization: "Bearer nonsense" } })).status).toBe(200);
});

test("a file that is missing or cut short is not served; the others are", async () => {
  const id = (await client.post("/reports/sla/schedules", aSchedule())).body.id;
  const broken = await client.run(id, "2026-01-01", "2026-01-31");
  const on = (artefact: Artefact) =>
    artefactPath(server.dataFolder, broken.id, Date.parse(broken.created_at), artefact);
  rmSync(on("pdf"));
  truncateSync(on("csv"), 10);
  for (const artefact of ["pdf", "csv"] as const) {
    const { status, body } = await client.get(path(artefact, broken.id));
    expect([status, body.type, body.code]).toEqual([500, "api_error", "artefact_damaged"]);
  }
  expect((await client.get(path("json", broken.id))).status).toBe(200);
});
