// What is refused of generated reports, their files, their signed links, and GET /uptime.
import { signedPath } from "../../src/http/caller/links.ts";
import { aSchedule } from "../support/server.ts";
import { nothingThere, type Refused, testRefusals, wrongFields, wrongQueries } from "./refused.ts";
import { aWorld, NOON, unknownId } from "./world.ts";

const world = await aWorld();
const { client, mine, foreign } = world;
const LIST = "/reports/sla/reports";
const HOUR_S = 3600;

const schedule = (await client.post("/reports/sla/schedules", aSchedule({ monthly: true }))).body.id;
const done = await client.run(schedule, "2026-01-01", "2026-01-31");
const again = await client.run(schedule, "2026-01-01", "2026-01-31");
const deleted = await client.run(schedule, "2026-01-01", "2026-01-30");
const linkTo = async (report: string, artefact: string) => {
  const { body } = await client.post(`${LIST}/${report}/links`, { artefact, expires_in: HOUR_S });
  return new URL(body.url).pathname + new URL(body.url).search;
};
const good = await linkTo(done.id, "pdf");
const ofDeleted = await linkTo(deleted.id, "csv");
await client.delete(`${LIST}/${deleted.id}`);
const signature = new URLSearchParams(good.split("?")[1]).get("signature") ?? "";
const link = new URLSearchParams(good.split("?")[1]).get("link") ?? "";
const revoked = await linkTo(done.id, "pdf");
const revokedId = new URLSearchParams(revoked.split("?")[1]).get("link") ?? "";
await client.delete(`${LIST}/${done.id}/links/${revokedId}`);
const expires = NOON / 1000 + HOUR_S;

const badLink = (title: string, path: string, more: Partial<Refused> = {}): Refused => ({
  title: `a link ${title}`,
  method: "GET",
  path,
  token: null,
  code: "link_invalid",
  ...more,
});
const pdf = (query: string) => `${LIST}/${done.id}/pdf?link=${link}&${query}`;
const badRange = (range: string): Refused => ({
  title: `the range ${range}`,
  method: "GET",
  path: `${LIST}/${done.id}/csv`,
  headers: { Range: range },
  code: "range_not_satisfiable",
  param: "Range",
  answers: { "content-range": /^bytes \*\/\d+$/ },
});
const notReady = (title: string, method: string, path: string, report: string): Refused => ({
  title: `${method} ${path} of a ${title} report`,
  method,
  path: `${LIST}/${report}${path}`,
  code: "report_not_ready",
  ...(title === "failed" ? {} : { answers: { "retry-after": /^\d+$/ } }),
});
const ids = { unknown: unknownId("rpt"), foreign: foreign.queuedReport };
/** One that was revoked counts as nothing, too. */
const linkIds = { unknown: unknownId("lnk"), foreign: revokedId };
const DAYS = "from=2026-01-01&to=2026-01-31";

const table: Refused[] = [
  ...wrongQueries(LIST, [
    ["schedule_id=x", "schedule_id"],
    ["status=done", "status"],
    ["status=completed&status=failed", "status"],
    ["year=26", "year"],
    ["year=2026.5", "year"],
    ["month=1", "year", "parameter_missing"],
    ["year=2026&month=13", "month"],
    ["year=2026&month=0", "month"],
    ["from=2026-02-30", "from"],
    ["to=2026-2-1", "to"],
    ["from=2026-02-02&to=2026-02-01", "from"],
    ["breached=yes", "breached"],
    ["page=0", "page"],
    ["per_page=101", "per_page"],
    ["period=january", "period", "parameter_unknown"],
  ]),
  ...["", "/events", "/links", "/pdf", "/json", "/csv"].flatMap((path) =>
    nothingThere("GET", (id) => `${LIST}/${id}${path}`, ids),
  ),
  ...nothingThere("DELETE", (id) => `${LIST}/${id}`, ids),
  ...nothingThere("POST", (id) => `${LIST}/${id}/links`, ids),
  ...nothingThere("DELETE", (id) => `${LIST}/${id}/links/${link}`, ids),
  ...nothingThere("DELETE", (id) => `${LIST}/${done.id}/links/${id}`, linkIds),
  ...(["queued", "running", "failed"] as const).flatMap((status) => [
    ...["/pdf", "/json", "/csv"].map((path) => notReady(status, "GET", path, mine[`${status}Report`])),
    notReady(status, "POST", "/links", mine[`${status}Report`]),
  ]),
  ...wrongFields("POST", `${LIST}/${done.id}/links`, {}, [
    ["artefact", "docx"],
    ["artefact", null],
    ["expires_in", 59],
    ["expires_in", 90 * 86_400 + 1],
    ["expires_in", 315_360_001],
    ["expires_in", 60.5],
    ["expires_in", "3600"],
    ["expires_in", -1],
    ["expires_in", 1e30],
    ["password", "x", "password", "parameter_unknown"],
  ]),
  badLink("with another letter", good.slice(0, -1) + (good.endsWith("A") ? "B" : "A")),
  badLink("cut short", good.slice(0, -5)),
  badLink("that was revoked", revoked),
  badLink("without its id", good.replace(/link=\w+&/, "")),
  badLink("with the id of another", good.replace(/link=\w+&/, `link=${revokedId}&`)),
  badLink("that is an id alone", `${LIST}/${done.id}/pdf?link=${link}`),
  badLink("without its signature", pdf(`expires=${expires}`)),
  badLink("without its end", pdf(`signature=${signature}`)),
  badLink("whose end was moved", pdf(`expires=${expires + 1}&signature=${signature}`)),
  badLink("whose end is no number", pdf(`expires=never&signature=${signature}`)),
  badLink("with an empty signature", pdf(`expires=${expires}&signature=`)),
  badLink("moved to another file", good.replace("/pdf?", "/json?")),
  badLink("moved to another report", good.replace(done.id, again.id)),
  badLink("moved to an unknown report", good.replace(done.id, ids.unknown)),
  badLink("whose report was deleted", ofDeleted),
  badLink("that expires this second", good, { atMs: expires * 1000 }),
  badLink("that expired long ago", good, { atMs: expires * 1000 + 86_400_000 }),
  badLink(
    "signed with another key",
    signedPath(new Uint8Array(32), {
      reportId: done.id,
      artefact: "pdf",
      linkId: link,
      expiresAtS: expires,
    }),
  ),
  badLink("that was altered, although the token is good", pdf(`expires=${expires}&signature=x`), {
    token: client.token,
  }),
  badLink("with a parameter more", `${good}&inline=1`, { code: "parameter_unknown", param: "inline" }),
  badLink("given twice", `${good}&expires=${expires}`, { code: "parameter_invalid", param: "expires" }),
  badLink("that was forgotten", `${LIST}/${done.id}/pdf`, { code: "token_missing" }),
  badRange("bytes=1000000-"),
  badRange("bytes=1000000-1000001"),
  badRange("bytes=-0"),
  badRange("bytes=5-4"),
  ...wrongQueries("/uptime", [
    ["to=2026-01-31", "from", "parameter_missing"],
    ["from=2026-01-01", "to", "parameter_missing"],
    ["from=2026-02-30&to=2026-03-01", "from", "invalid_date_range"],
    ["from=2026-01-01&to=2026-13-01", "to", "invalid_date_range"],
    ["from=&to=", "from", "invalid_date_range"],
    ["from=2026-01-31&to=2026-01-30", "from", "invalid_date_range"],
    ["from=2026-01-31&to=2026-02-01T00:00:00Z", "to", "invalid_date_range"],
    ["from=2026-01-31T00:00:00&to=2026-02-01T00:00:00Z", "from", "invalid_date_range"],
    ["from=2026-01-31T00:00:00Z&to=2026-01-31T00:00:00Z", "from", "invalid_date_range"],
    ["from=2026-01-31T00:00:00Z&to=2026-01-31T00:30:00%2B01:00", "from", "invalid_date_range"],
    [`from=${"1".repeat(41)}&to=2026-01-31`, "from"],
    [`${DAYS}&timezone=europe/zurich`, "timezone"],
    [`${DAYS}&timezone=`, "timezone"],
    [`${DAYS}&site_id=Zurich`, "site_id[0]"],
    [`${DAYS}&site_id=${unknownId("site")}`, "site_id", "reference_not_found"],
    [`${DAYS}&site_id=${mine.site}&site_id=${foreign.site}`, "site_id", "reference_not_found"],
    [`${DAYS}&tag=Region`, "tag"],
    [`${DAYS}&tag=Region:EMEA&site_id=${mine.site}`, "tag"],
    [`${DAYS}&business_hours_id=bh_1`, "business_hours_id"],
    [`${DAYS}&business_hours_id=${foreign.hours}`, "business_hours_id", "reference_not_found"],
    [`${DAYS}&ignore_power_outages=1`, "ignore_power_outages"],
    [`${DAYS}&maintenance_counts_as=down`, "maintenance_counts_as"],
    [`${DAYS}&group_by=`, "group_by"],
    [`${DAYS}&group_by=Region&aggregation=sum`, "aggregation"],
    [`${DAYS}&aggregation=avg`, "group_by", "parameter_missing"],
    [`${DAYS}&zone=UTC`, "zone", "parameter_unknown"],
    [`${DAYS}&to=2026-01-30`, "to"],
  ]),
];

testRefusals(world, "reports, files, links and uptime", 120, table);
