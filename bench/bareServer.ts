// The least that a server could do for the same: Bun.serve, the same database, the same statements and the
// same JSON, but no token, no checks, no router, no metrics, no worker. Run by requests.ts and writes.ts, compiled.
import { openDatabase } from "../src/store/database/open.ts";

const db = openDatabase(process.env["BARE_DATABASE"] ?? "");
const snapshot = process.env["BARE_SNAPSHOT"] ?? "{}";

const insertReport = db.query(
  `INSERT INTO reports (id, workspace, schedule_id, schedule_name, snapshot, status, trigger, from_date, to_date,
                        timezone, sla_target, created_at_ms)
   VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?)`,
);
const insertJob = db.query(
  `INSERT INTO jobs (id, kind, workspace, payload, state, run_at_ms, dedupe_key, created_at_ms)
   VALUES (?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT (dedupe_key) DO NOTHING`,
);
const listed = "workspace = ? AND status = ? AND voided_at_ms IS NULL";
const shown = `seq, id, schedule_id, schedule_name, status, progress, trigger, from_date, to_date, timezone,
  sla_target, uptime_percentage, site_count, breached_count, created_at_ms, completed_at_ms, error`;
const select = db.query<Record<string, unknown>, [string, string, number, number]>(
  `SELECT ${shown} FROM reports WHERE ${listed} ORDER BY created_at_ms DESC, id DESC LIMIT ? OFFSET ?`,
);
const count = db.query<{ total: number }, [string, string]>(
  `SELECT count(*) AS total FROM reports WHERE ${listed}`,
);
const selectDeliveries = db.query<{ report_seq: number }, [string]>(
  "SELECT * FROM deliveries WHERE report_seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
);

let made = 0;
const idOf = (prefix: string) => `${prefix}_${(++made).toString(36).padStart(27, "0")}`;

const queue = db.transaction((workspace: string, scheduleId: string, from: string, to: string) => {
  const id = idOf("rpt");
  const at = Date.now();
  insertReport.run(id, workspace, scheduleId, "Bench", snapshot, "on_demand", from, to, "UTC", 99.9, at);
  insertJob.run(idOf("job"), "report", workspace, JSON.stringify({ report_id: id }), at, null, at);
  return id;
});

async function run(request: Request, url: URL): Promise<Response> {
  const body = (await request.json()) as { from_date: string; to_date: string };
  const scheduleId = url.pathname.split("/")[4] ?? "";
  const workspace = request.headers.get("x-workspace") ?? "";
  const id = queue.immediate(workspace, scheduleId, body.from_date, body.to_date);
  const path = `/reports/sla/reports/${id}`;
  return Response.json(
    { message: "Report is being generated.", report_id: id, status_url: `${url.origin}${path}` },
    { status: 202, headers: { Location: path, "Retry-After": "2" } },
  );
}

function list(request: Request, url: URL): Response {
  const workspace = request.headers.get("x-workspace") ?? "";
  const rows = select.all(workspace, "completed", 50, 0);
  const { total } = count.get(workspace, "completed") as { total: number };
  const deliveries = Map.groupBy(
    selectDeliveries.all(JSON.stringify(rows.map(({ seq }) => seq))),
    ({ report_seq }) => report_seq as unknown,
  );
  const data = rows.map((row) => ({
    id: row["id"],
    schedule_id: row["schedule_id"],
    schedule_name: row["schedule_name"],
    status: row["status"],
    progress: row["progress"],
    trigger: row["trigger"],
    from_date: row["from_date"],
    to_date: row["to_date"],
    timezone: row["timezone"],
    sla_target: row["sla_target"],
    uptime_percentage: row["uptime_percentage"],
    site_count: row["site_count"],
    breached_count: row["breached_count"],
    created_at: new Date(row["created_at_ms"] as number).toISOString(),
    completed_at: new Date(row["completed_at_ms"] as number).toISOString(),
    error: row["error"],
    pdf_url: `${url.origin}/reports/sla/reports/${row["id"]}/pdf`,
    json_url: `${url.origin}/reports/sla/reports/${row["id"]}/json`,
    csv_url: `${url.origin}/reports/sla/reports/${row["id"]}/csv`,
    deliveries: deliveries.get(row["seq"]) ?? [],
  }));
  return Response.json({
    data,
    meta: { page: 1, per_page: 50, total, last_page: Math.max(1, Math.ceil(total / 50)) },
  });
}

const insertFault = db.query<{ seq: number }, (string | number | null)[]>(
  `INSERT INTO faults (id, workspace, site_seq, type, severity, started_at_ms, updated_at_ms)
   SELECT ?1, workspace, seq, 'site', 'CRITICAL', ?4, ?5 FROM sites WHERE id = ?2 AND workspace = ?3 RETURNING seq`,
);

async function record(request: Request): Promise<Response> {
  const { site_id, created_at } = (await request.json()) as { site_id: string; created_at: string };
  const workspace = request.headers.get("x-workspace") ?? "";
  const id = idOf("flt");
  const row = insertFault.get(id, site_id, workspace, Date.parse(created_at), Date.now());
  if (!row) return new Response(null, { status: 400 });
  const fault = { id, site_id, type: "site", severity: "CRITICAL", created_at, resolved_at: null };
  return Response.json(fault, { status: 201, headers: { Location: `/fault/${id}` } });
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  development: false,
  fetch: (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/fault") return record(request);
    if (request.method === "POST") return run(request, url);
    return url.pathname === "/healthz" ? new Response("ok") : list(request, url);
  },
});
process.stdout.write(`listens on http://127.0.0.1:${server.port}\n`);
