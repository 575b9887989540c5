// Downloads of finished files: whole to the end whatever happens meanwhile, and never damaged.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import type { Report } from "../../src/model/report.ts";
import { artefactPath } from "../../src/store/files/artefacts.ts";
import { aSchedule, type Client, startTestServer, type TestServer } from "../support/server.ts";

let server: TestServer;
let client: Client;
let scheduleId: string;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.client();
  scheduleId = (await client.post("/reports/sla/schedules", aSchedule())).body.id;
});
afterAll(() => server.stop());

const makeReport = (): Promise<Report> => client.run(scheduleId, "2026-09-01", "2026-09-30");
const fileOf = (report: Report, kind: "pdf" | "json" | "csv") =>
  artefactPath(server.dataFolder, report.id, Date.parse(report.created_at), kind);

test("a report that is deleted while it is downloaded is still read to its end", async () => {
  const report = await makeReport();
  const whole = readFileSync(fileOf(report, "pdf"));
  const response = await fetch(`${server.url}/reports/sla/reports/${report.id}/pdf`, {
    headers: { Authorization: `Bearer ${client.token}` },
  });
  expect((await client.delete(`/reports/sla/reports/${report.id}`)).status).toBe(204);
  expect(Buffer.from(await response.arrayBuffer()).equals(whole)).toBe(true);
  expect((await client.get(`/reports/sla/reports/${report.id}/pdf`)).status).toBe(404);
});

test("a file that was altered on disk is refused, also when its size is the same", async () => {
  const report = await makeReport();
  const path = fileOf(report, "json");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('"schema_version": 1', '"schema_version": 2'));
  const { status, body } = await client.get(`/reports/sla/reports/${report.id}/json`);
  expect([status, body.code]).toEqual([500, "artefact_damaged"]);
  expect((await client.get(`/reports/sla/reports/${report.id}/pdf`)).status).toBe(200);
});

test("a file that was altered after it was served is noticed too", async () => {
  const report = await makeReport();
  expect((await client.get(`/reports/sla/reports/${report.id}/csv`)).status).toBe(200);
  writeFileSync(fileOf(report, "csv"), "x".repeat(readFileSync(fileOf(report, "csv")).byteLength));
  const { body } = await client.get(`/reports/sla/reports/${report.id}/csv`);
  expect(body.code).toBe("artefact_damaged");
});
