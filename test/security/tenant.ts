// A workspace with one of everything there is, all of whose words hold the same mark, and whose ids are known by
// their prefix. What another workspace sees must hold neither.
import { aSchedule, type Client, type Json } from "../support/server.ts";

/** Ids by their prefix, such as "site". */
export type Ids = Readonly<Record<string, string>>;

export type Tenant = {
  client: Client;
  /** In every text of its things. */
  mark: string;
  ids: Ids;
  /** Paths of signed links to its report. */
  links: Record<"pdf" | "json" | "csv", string>;
};

const RANGE = { from: "2026-01-01", to: "2026-01-31" };
export const RANGE_QUERY = "from=2026-01-01&to=2026-01-31";

/** Makes it all over HTTP. */
export async function tenantOf(client: Client, mark: string): Promise<Tenant> {
  const make = async (path: string, body: unknown, expected = 201): Promise<Json> => {
    const answer = await client.post(path, body);
    if (answer.status !== expected) throw new Error(`${path}: ${answer.text}`);
    return answer.body;
  };
  const site = await make("/sites", {
    name: `${mark} site`,
    external_id: `${mark} external`,
    address: mark,
    tags: { [`${mark} key`]: `${mark} value` },
    wan_links: [{ name: `${mark} link`, isp: mark }],
  });
  const link = site.wan_links[0].id as string;
  const outage = {
    created_at: "2026-01-05T08:00:00Z",
    resolved_at: "2026-01-05T09:00:00Z",
    cause: `${mark} cause`,
  };
  const words = { message: mark, external_id: `${mark} fault`, type: "site" };
  const fault = await make("/fault", { ...outage, ...words, site_id: site.id });
  await make("/fault", { ...outage, type: mark, resource_id: link, resolved_at: null });
  const comment = await make(`/fault/${fault.id}/comments`, { text: mark });
  const patterns = await client.put("/cause-patterns", { data: [{ category: "power", pattern: mark }] });
  if (patterns.status !== 200) throw new Error(patterns.text);
  const hours = await make("/business-hours", {
    name: mark,
    timezone: "UTC",
    days: { monday: [{ start: "08:00", end: "17:00" }] },
    holidays: [{ date: "2026-01-01", name: mark }],
  });
  const window = await make("/maintenance-windows", {
    name: mark,
    starts_at: "2026-01-06T08:00:00Z",
    ends_at: "2026-01-06T09:00:00Z",
    site_ids: [site.id],
  });
  const group = await make("/notification-groups", {
    name: mark,
    emails: [`${mark}@example.com`],
    webhooks: [{ url: `https://hooks.invalid/${mark}?key=${mark}`, secret: `${mark}-secret-of-webhook` }],
  });
  await make(`/notification-groups/${group.id}/test`, undefined, 202);
  const schedule = await make(
    "/reports/sla/schedules",
    aSchedule({
      name: mark,
      site_selection_mode: "tags",
      site_selection_rules: [{ key: `${mark} key`, value: `${mark} value` }],
      grouping_rules: [{ key: `${mark} key`, aggregation: "avg" }],
      business_hours_id: hours.id,
      notification_group: group.id,
      recipients: [`${mark}.reader@example.com`],
    }),
  );
  const report = await client.run(schedule.id, RANGE.from, RANGE.to);
  if (report.status !== "completed") throw new Error(`the report ended as ${report.status}`);
  const linkTo = async (artefact: string) =>
    new URL((await make(`/reports/sla/reports/${report.id}/links`, { artefact })).url);
  const pathOf = ({ pathname, search }: URL) => `${pathname}${search}`;
  const pdf = await linkTo("pdf");
  return {
    client,
    mark,
    ids: {
      site: site.id,
      wan: link,
      flt: fault.id,
      cmt: comment.comments?.[0]?.id ?? comment.id,
      bh: hours.id,
      mw: window.id,
      ng: group.id,
      sla: schedule.id,
      rpt: report.id,
      lnk: pdf.searchParams.get("link") ?? "",
      dlv: (report as Json).deliveries[0].id,
    },
    links: {
      pdf: pathOf(pdf),
      json: pathOf(await linkTo("json")),
      csv: pathOf(await linkTo("csv")),
    },
  };
}

/** Everything that a workspace can read of itself, by path. */
export async function everythingOf({ client, ids }: Tenant): Promise<Record<string, string>> {
  const report = `/reports/sla/reports/${ids["rpt"]}`;
  const paths = [
    ...["/sites", "/fault", "/fault/export", "/tags", "/business-hours", "/maintenance-windows"],
    ...[
      "/notification-groups",
      "/cause-patterns",
      "/settings",
      "/reports/sla/schedules",
      "/reports/sla/reports",
    ],
    ...[
      `/uptime?${RANGE_QUERY}`,
      report,
      `${report}/links`,
      `${report}/json`,
      `${report}/csv`,
      `${report}/events`,
    ],
    ...[`/sites/${ids["site"]}`, `/fault/${ids["flt"]}`, `/reports/sla/schedules/${ids["sla"]}`],
  ];
  const answers = await Promise.all(
    paths.map(async (path) => {
      const { status, text } = await client.get(path);
      if (status !== 200) throw new Error(`${path}: ${text}`);
      return [path, text] as const;
    }),
  );
  return Object.fromEntries(answers);
}
