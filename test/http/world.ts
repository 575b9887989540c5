// A server with two workspaces that have one of everything, and a clock that a test sets.
import { Database } from "bun:sqlite";
import { databasePath } from "../../src/store/database/open.ts";
import { aSchedule, type Client, clientOf, startTestServer, type TestServer } from "../support/server.ts";

/** Wednesday, 18 February 2026, 12:00 in UTC. */
export const NOON = Date.parse("2026-02-18T12:00:00Z");
const YEARS_AHEAD_S = Date.parse("2046-01-01T00:00:00Z") / 1000;

export type Things = {
  site: string;
  otherSite: string;
  link: string;
  otherLink: string;
  openFault: string;
  resolvedFault: string;
  hours: string;
  unusedHours: string;
  window: string;
  /** No schedule uses it. */
  group: string;
  /** Named "Monthly report", uses `hours`. */
  schedule: string;
  queuedReport: string;
  runningReport: string;
  failedReport: string;
};

export type World = {
  server: TestServer;
  /** Epoch milliseconds the clock shows unless a test sets it. */
  nowMs: number;
  clock: { nowMs: number };
  /** An admin of the workspace `acme`. */
  client: Client;
  mine: Things;
  /** What the workspace `other` has. */
  foreign: Things;
  token: (options: { scopes?: string[]; workspace?: string; expiresAtS?: number }) => Promise<string>;
};

/** An id of the right form that names nothing. */
export const unknownId = (prefix: string) => `${prefix}_${"0".repeat(27)}`;

export const OFFICE = { monday: [{ start: "08:00", end: "17:00" }] };

/** Starts a server at this instant and fills it. Reports are rows without jobs: they stay as they are. */
export async function aWorld(nowMs = NOON): Promise<World> {
  const clock = { nowMs };
  const server = await startTestServer({ now: () => clock.nowMs });
  const token: World["token"] = (options) => server.token({ expiresAtS: YEARS_AHEAD_S, ...options });
  const client = clientOf(server.url, await token({}));
  const other = clientOf(server.url, await token({ workspace: "other" }));
  const world = {
    server,
    nowMs,
    clock,
    client,
    token,
    mine: await things(server, client, "acme"),
    foreign: await things(server, other, "other"),
  };
  return world;
}

async function things(server: TestServer, client: Client, workspace: string): Promise<Things> {
  const make = async (path: string, body: unknown) => {
    const answer = await client.post(path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
    return answer.body;
  };
  const site = await make("/sites", {
    name: "Zurich",
    external_id: "zrh",
    tags: { Region: "EMEA" },
    wan_links: [{ name: "Fibre" }],
  });
  const otherSite = await make("/sites", { name: "Bern", external_id: "brn", wan_links: [{ name: "DSL" }] });
  const fault = (fields: Record<string, unknown>) =>
    make("/fault", { site_id: site.id, created_at: "2026-02-01T08:00:00Z", ...fields });
  const openFault = await fault({ external_id: "F-1" });
  const resolvedFault = await fault({ external_id: "F-2", resolved_at: "2026-02-01T09:00:00Z" });
  await fault({ site_id: undefined, resource_id: site.wan_links[0].id });
  const hours = await make("/business-hours", { name: "Office", timezone: "UTC", days: OFFICE });
  const unusedHours = await make("/business-hours", { name: "Unused", timezone: "UTC", days: OFFICE });
  const window = await make("/maintenance-windows", {
    name: "Upgrade",
    starts_at: "2026-02-01T00:00:00Z",
    ends_at: "2026-02-01T02:00:00Z",
    site_ids: [site.id],
  });
  const group = await make("/notification-groups", { name: "Operations", emails: ["ops@example.com"] });
  const schedule = await make("/reports/sla/schedules", aSchedule({ business_hours_id: hours.id }));
  const reports = ["queued", "running", "failed"].map((status) =>
    reportRow(server, { workspace, status, scheduleId: schedule.id }),
  );
  return {
    site: site.id,
    otherSite: otherSite.id,
    link: site.wan_links[0].id,
    otherLink: otherSite.wan_links[0].id,
    openFault: openFault.id,
    resolvedFault: resolvedFault.id,
    hours: hours.id,
    unusedHours: unusedHours.id,
    window: window.id,
    group: group.id,
    schedule: schedule.id,
    queuedReport: reports[0] as string,
    runningReport: reports[1] as string,
    failedReport: reports[2] as string,
  };
}

/** Puts a report into the database as if the worker had left it so. Gives its id. */
export function reportRow(
  server: TestServer,
  row: { workspace?: string; status: string; scheduleId: string; toDate?: string },
): string {
  const db = new Database(databasePath(server.dataFolder), { readwrite: true });
  try {
    const { count } = db.query("SELECT count(*) AS count FROM reports").get() as { count: number };
    const id = `rpt_${String(count + 1).padStart(27, "0")}`;
    db.query(
      `INSERT INTO reports (id, workspace, schedule_id, schedule_name, snapshot, status, trigger, from_date, to_date,
                            timezone, sla_target, created_at_ms, error)
       VALUES (?, ?, ?, 'Monthly report', '{}', ?, 'on_demand', '2026-01-01', ?, 'UTC', 99.9, ?, ?)`,
    ).run(
      id,
      row.workspace ?? "acme",
      row.scheduleId,
      row.status,
      row.toDate ?? "2026-01-31",
      NOON + count,
      row.status === "failed" ? "the disk was full" : null,
    );
    return id;
  } finally {
    db.close();
  }
}
