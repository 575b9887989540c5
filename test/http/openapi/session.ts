// A session that gets every answer the document promises out of a server: what goes well, and what is refused
// for a reason of the operation's own. What any operation refuses is in answers.test.ts.
import { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { ARTEFACTS } from "../../../src/model/report.ts";
import { databasePath } from "../../../src/store/database/open.ts";
import { artefactPath } from "../../../src/store/files/artefacts.ts";
import { MOST_LINKS } from "../../../src/store/links.ts";
import { aSchedule, type Client, type TestServer } from "../../support/server.ts";

/** An id of the right form that names nothing. */
export const unknown = (prefix: string) => `${prefix}_${"0".repeat(27)}`;

const SCHEDULES = "/reports/sla/schedules";
const REPORTS = "/reports/sla/reports";
const RANGE = { from_date: "2026-01-01", to_date: "2026-01-31" };
const OFFICE = {
  name: "Office",
  timezone: "Europe/Zurich",
  days: { monday: [{ start: "08:00", end: "17:00" }] },
};

/** Sites, tags and the import of sites. Gives a site with a link that has faults. */
export async function sites(client: Client) {
  const zurich = await client.post("/sites", {
    name: "Zurich",
    external_id: "zrh-1",
    address: "Bahnhofstrasse 1",
    tags: { Region: "EMEA", Service: ["web", "api"] },
    monitored_since: "2025-01-01T00:00:00Z",
    wan_links: [{ name: "Fibre", isp: "Acme Net" }, { name: "LTE" }],
  });
  const { id, wan_links: links } = zurich.body;
  const lima = await client.post("/sites", { name: "Lima" });
  await client.post("/sites", {});
  await client.post("/sites", { name: "" });
  await client.post("/sites", { name: "Twin", external_id: "zrh-1" });
  await client.post("/sites", { name: "Link", wan_links: [{ id: unknown("wan"), name: "Fibre" }] });
  await client.get("/sites?tag=Region:EMEA&name=Zurich&external_id=zrh-1&page=1&per_page=10");
  await client.get("/sites?page=0");
  await client.get(`/sites/${id}`);
  await client.patch(`/sites/${id}`, { address: null });
  await client.patch(`/sites/${id}`, { address: 1 });
  await client.patch(`/sites/${id}`, { wan_links: [{ isp: "Acme Net" }] });
  await client.patch(`/sites/${id}`, { wan_links: [{ id: unknown("wan"), name: "Fibre" }] });
  await client.patch(`/sites/${lima.body.id}`, { external_id: "zrh-1" });
  await client.post("/fault", { resource_id: links[0].id, resolved_at: null });
  await client.patch(`/sites/${id}`, { wan_links: [] });
  await client.get("/tags");
  await client.send("POST", "/sites/import", "", "text/csv");
  await client.send("POST", "/sites/import", "name,name\na,b\n", "text/csv");
  await client.delete(`/sites/${lima.body.id}`);
  return { site: id as string, link: links[0].id as string };
}

/** Faults one at a time, their import and export. Needs the site that `sites` made. */
export async function faults(client: Client, { site, link }: { site: string; link: string }) {
  const outage = {
    site_id: site,
    created_at: "2026-01-10T10:00:00Z",
    cause: "fiber cut",
    external_id: "f-1",
  };
  const fault = (await client.post("/fault", { ...outage, message: "no answer", severity: "HIGH" })).body;
  const other = (await client.post("/fault", { site_id: site, resource_id: link, external_id: "f-2" })).body;
  await client.post("/fault", {});
  await client.post("/fault", { site_id: site, severity: "LOUD" });
  await client.post("/fault", { site_id: unknown("site") });
  await client.post("/fault", outage);
  await client.get(
    `/fault?type=site&severity=HIGH&status=unresolved&site_id=${site}&from=2026-01-01T00:00:00Z`,
  );
  const page = await client.get("/fault?per_page=1");
  await client.get(`/fault?per_page=1&cursor=${page.body.meta.cursor}`);
  await client.get("/fault?cursor=nonsense");
  await client.post(`/fault/${fault.id}/comments`, { text: "An excavator." });
  await client.post(`/fault/${fault.id}/comments`, {});
  await client.post(`/fault/${fault.id}/comments`, { text: " " });
  await client.get(`/fault/${fault.id}`);
  await client.patch(`/fault/${fault.id}`, { cause: "fibre cut" });
  await client.patch(`/fault/${fault.id}`, { resolved_at: "2020-01-01T00:00:00Z" });
  await client.patch(`/fault/${other.id}`, { external_id: "f-1" });
  await client.post(`/fault/${fault.id}/resolve`, { resolved_at: "noon" });
  await client.post(`/fault/${fault.id}/resolve`, { resolved_at: "2026-01-10T12:00:00Z" });
  await client.post(`/fault/${fault.id}/resolve`);
  await client.send("POST", "/fault/import", "", "text/csv");
  await client.send("POST", "/fault/import", "site,site\na,b\n", "text/csv");
  await client.send("POST", "/fault/import", `{"site": 7}\n{"site"\n`, "application/x-ndjson");
  await client.get("/fault/export?type=site");
  await client.get("/fault/export?from=yesterday");
  await client.delete(`/fault/${other.id}`);
}

/** Business hours and maintenance windows; a schedule that uses the hours keeps them from being deleted. */
export async function calendars(client: Client, site: string) {
  const hours = (
    await client.post("/business-hours", {
      ...OFFICE,
      holidays: ["2026-01-01", { date: "2026-01-02", name: "Berchtold" }],
    })
  ).body;
  await client.post("/business-hours", {});
  await client.post("/business-hours", { ...OFFICE, timezone: "Mars/Base" });
  await client.get("/business-hours");
  await client.get("/business-hours?per_page=0");
  await client.get(`/business-hours/${hours.id}`);
  await client.put(`/business-hours/${hours.id}`, hours);
  await client.put(`/business-hours/${hours.id}`, {});
  await client.put(`/business-hours/${hours.id}`, { ...OFFICE, days: {} });
  await client.get("/settings");
  await client.put("/settings", { retention_days: null, retention_count: null });
  await client.put("/settings", {});
  await client.put("/settings", { retention_days: 0, retention_count: null });
  const unused = (await client.post("/business-hours", OFFICE)).body;
  await client.delete(`/business-hours/${unused.id}`);
  const span = { name: "Upgrade", starts_at: "2026-01-05T00:00:00Z", ends_at: "2026-01-05T02:00:00Z" };
  const window = (await client.post("/maintenance-windows", { ...span, site_ids: [site] })).body;
  const path = `/maintenance-windows/${window.id}`;
  await client.post("/maintenance-windows", { ...span, tags: [{ key: "Region", value: "EMEA" }] });
  await client.post("/maintenance-windows", {});
  await client.post("/maintenance-windows", { ...span, ends_at: span.starts_at });
  await client.post("/maintenance-windows", { ...span, site_ids: [unknown("site")] });
  await client.get("/maintenance-windows");
  await client.get("/maintenance-windows?page=x");
  await client.get(path);
  await client.patch(path, { name: "Big upgrade" });
  await client.patch(path, { ends_at: "2020-01-01T00:00:00Z" });
  await client.patch(path, { site_ids: null, tags: [{ key: "Region" }] });
  await client.patch(path, { site_ids: [unknown("site")] });
  await client.patch(path, { rrule: "FREQ=WEEKLY", timezone: "Europe/Zurich" });
  const patterns = (await client.get("/cause-patterns")).body;
  await client.put("/cause-patterns", patterns);
  await client.put("/cause-patterns", {});
  await client.put("/cause-patterns", { data: [{ category: "power", pattern: "?" }] });
  await client.delete("/cause-patterns");
  return { hours: hours.id as string, window: window.id as string };
}

/** Schedules. Gives one that uses everything there is. */
export async function schedules(client: Client, hours: string) {
  const fields = aSchedule({
    business_hours_id: hours,
    calculate_sla_within_schedule_hours: true,
    site_selection_mode: "tags",
    site_selection_rules: [{ key: "Region", value: "EMEA" }],
    grouping_rules: [
      { key: "Service", aggregation: "redundancy" },
      { key: "Region", aggregation: "avg" },
    ],
  });
  const schedule = (await client.post(SCHEDULES, fields)).body;
  const path = `${SCHEDULES}/${schedule.id}`;
  await client.post(SCHEDULES, { name: "Bare" });
  await client.post(SCHEDULES, aSchedule({ sla_target: 74 }));
  await client.post(SCHEDULES, aSchedule({ sites: [unknown("site")] }));
  await client.post(`${SCHEDULES}/preview`, fields);
  await client.post(`${SCHEDULES}/preview`, { name: "Bare" });
  await client.post(`${SCHEDULES}/preview`, aSchedule({ sla_target: 74 }));
  await client.post(`${SCHEDULES}/preview`, aSchedule({ sites: [unknown("site")] }));
  await client.get(`${SCHEDULES}?disabled=false&tag=Region:EMEA&name=Monthly%20report`);
  await client.get(`${SCHEDULES}?disabled=perhaps`);
  await client.get(path);
  await client.put(path, schedule);
  await client.put(path, {});
  await client.put(path, aSchedule({ timezone: "Mars/Base" }));
  await client.put(path, aSchedule({ business_hours_id: unknown("bh") }));
  await client.patch(path, { sla_target: 99.95 });
  await client.patch(path, { weekly: true, day_of_week: null });
  await client.patch(path, { weekly: "yes" });
  await client.patch(path, { business_hours_id: unknown("bh") });
  await client.delete(`/business-hours/${hours}`);
  return schedule.id as string;
}

/** A run from its request to its files, links and end, with the events on the way; the uptime that it would say; refusals on the way. */
export async function reports(client: Client, server: TestServer, schedule: string) {
  const run = `${SCHEDULES}/${schedule}/run`;
  const accepted = await client.post(run, RANGE, { "Idempotency-Key": "one" });
  await client.post(run, { ...RANGE, to_date: "2026-01-30" }, { "Idempotency-Key": "one" });
  await client.post(run, { ...RANGE, from_date: "2026-02-30" });
  await client.post(run, { from_date: "2026-01-01" });
  await client.post(run, RANGE, { "Idempotency-Key": "x".repeat(256) });
  const path = `${REPORTS}/${accepted.body.report_id}`;
  const events = await client.get(`${path}/events`);
  const report = (await client.get(path)).body;
  await client.get(`${SCHEDULES}/${schedule}`);
  await client.get(`${REPORTS}?schedule_id=${schedule}&status=completed&year=2026&month=1&breached=true`);
  await client.get(`${REPORTS}?from=2026-02-01&to=2026-01-01`);
  await client.get(`${REPORTS}?month=1`);
  for (const artefact of ARTEFACTS) {
    const whole = await client.get(`${path}/${artefact}`);
    await client.get(`${path}/${artefact}`, { "If-None-Match": whole.headers.get("etag") ?? "" });
    await client.get(`${path}/${artefact}`, { Range: "bytes=0-9" });
    await client.get(`${path}/${artefact}`, { Range: "bytes=999999999-" });
    await client.get(`${path}/${artefact}?signature=${"x".repeat(101)}`);
    await client.get(`${path}/${artefact}?expires=1&signature=x`);
    await client.get(`${REPORTS}/${unknown("rpt")}/${artefact}`);
    await client.post(`${path}/links`, { artefact, expires_in: 60 });
    rmSync(artefactPath(server.dataFolder, report.id, Date.parse(report.created_at), artefact));
    await client.get(`${path}/${artefact}`);
  }
  await client.post(`${path}/links`, { expires_in: 1 });
  const link = (await client.get(`${path}/links?per_page=1`)).body.data[0].id;
  await client.get(`${path}/links?page=0`);
  await client.delete(`${path}/links/${link}`);
  await client.delete(`${path}/links/${link}`);
  silentLinks(server.dataFolder, report.id);
  await client.post(`${path}/links`);
  await client.delete(path);
  return { report, events: events.text };
}

/** As many links of a report as there may be. */
function silentLinks(dataFolder: string, report: string): void {
  const db = new Database(databasePath(dataFolder));
  db.query(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO links (id, report_seq, artefact, made_by, created_at_ms, expires_at_ms)
     SELECT 'lnk_' || i, (SELECT seq FROM reports WHERE id = ?2), 'pdf', 'tester', ?3, ?3 + 86400000 FROM n`,
  ).run(MOST_LINKS, report, Date.now());
  db.close();
}

/** Uptime at once: by dates and by instants, in groups, and refused. */
export async function uptime(client: Client, site: string) {
  const days = "/uptime?from=2026-01-01&to=2026-01-31";
  await client.get(`${days}&group_by=Region&aggregation=redundancy&timezone=Europe/Zurich`);
  await client.get(`/uptime?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&site_id=${site}`);
  await client.get(
    `${days}&tag=Region:EMEA&group_by=Service&ignore_power_outages=true&maintenance_counts_as=up`,
  );
  await client.get("/uptime");
  await client.get(`${days}&timezone=Mars/Base`);
  await client.get("/uptime?from=2026-01-31&to=2026-01-01");
  await client.get(`${days}&site_id=${unknown("site")}`);
}

/** One of each kind of object with an ETag: the path of each, by the path as it is documented. */
export async function objects(client: Client): Promise<Record<string, string>> {
  const paths: Record<string, string> = { "/settings": "/settings", "/cause-patterns": "/cause-patterns" };
  const site = (await client.post("/sites", { name: "Tagged" })).body.id;
  const window = { name: "x", starts_at: "2026-01-05T00:00:00Z", ends_at: "2026-01-05T02:00:00Z" };
  const made: [path: string, body: unknown, param?: string][] = [
    ["/sites", { name: "Other" }],
    ["/fault", { site_id: site }],
    ["/business-hours", OFFICE],
    ["/maintenance-windows", window],
    ["/notification-groups", { name: "x", emails: ["ops@example.com"] }],
    [SCHEDULES, aSchedule(), "scheduleId"],
  ];
  for (const [path, body, param = "id"] of made)
    paths[`${path}/{${param}}`] = `${path}/${(await client.post(path, body)).body.id}`;
  paths["/fault/{id}/resolve"] = `${paths["/fault/{id}"]}/resolve`;
  const report = `${REPORTS}/${(await client.get(REPORTS)).body.data[0].id}`;
  paths[`${REPORTS}/{id}`] = report;
  paths[`${REPORTS}/{id}/links/{linkId}`] =
    `${report}/links/${(await client.post(`${report}/links`)).body.id}`;
  return paths;
}

const WHOLE: Readonly<Record<string, unknown>> = {
  replaceSlaSchedule: aSchedule(),
  replaceBusinessHours: OFFICE,
  replaceNotificationGroup: { name: "x", emails: ["ops@example.com"] },
  replaceSettings: { retention_days: null, retention_count: null },
  replaceCausePatterns: { data: [] },
};

/** A body that the operation on an object takes. */
export function bodyOf(operationId: string): { body: string } {
  return { body: JSON.stringify(WHOLE[operationId] ?? {}) };
}

/** What the server tells of itself. */
export async function server(client: Client) {
  for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/errors"])
    await client.get(path);
  for (const file of ["swagger-ui.css", "swagger-ui.js", "start.js"]) await client.get(`/docs/${file}`);
  await client.get("/docs/errors/not_found");
}

/** Deletes what is left, so that deletion is seen to work. */
export async function goodbye(client: Client, ids: { schedule: string; window: string }) {
  await client.delete(`/maintenance-windows/${ids.window}`);
  await client.delete(`${SCHEDULES}/${ids.schedule}`);
}
