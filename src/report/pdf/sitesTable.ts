// The table of all sites, or of those that breached the target when the schedule shows only them.
import { formatCount, formatDuration, msOf } from "../format.ts";
import { badge, paragraph, sectionHeading } from "./blocks.ts";
import { type Context, type SiteView, writtenIfAllCounted } from "./context.ts";
import type { Paper } from "./press/paper.ts";
import { type Column, fittedColumns, type Row, SMALLEST_TABLE, Table } from "./press/table.ts";
import { inColor, STYLES } from "./press/theme.ts";
import type { Timeline } from "./timeline.ts";

const STRIP_HEIGHT = 7;

/** Draws the section Sites. */
export function drawSitesTable(context: Context, timeline: Timeline): void {
  const { paper, report, sites, shown } = context;
  paper.tags.startSection();
  sectionHeading(context, "Sites", "sites", SMALLEST_TABLE + 24);
  const hidden = sites.length - shown.length;
  if (hidden > 0) {
    const left =
      hidden === 1
        ? "1 site that did not breach the target is"
        : `${formatCount(hidden)} sites that did not breach the target are`;
    paragraph(
      paper,
      `${left} left out of this table. The figures of the report include ${hidden === 1 ? "it" : "them"}.`,
    );
  } else if (report.summary.incident_count === 0) {
    paragraph(paper, "No faults counted as downtime in this period.");
  }
  // Each row is made twice, for its widths and to be drawn: all rows of a large report would take much memory.
  const row = rowOf(context, timeline);
  const table = new Table(paper, columnsOf(paper, shown.values().map(row)));
  for (const view of shown) table.row(row(view));
  table.close();
  paper.tags.endSection();
}

function rowOf({ paper }: Context, timeline: Timeline): (view: SiteView) => Row {
  const link = inColor(STYLES.cellText, paper.brand.text);
  return ({ site, name, uptime, details }) => ({
    notes: site.if_all_counted === null ? [] : [writtenIfAllCounted(site)],
    cells: [
      details === null ? name : { text: name, style: link, target: details },
      { text: site.breached === null ? "–" : uptime, style: STYLES.cellStrong },
      formatDuration(msOf(site.downtime_seconds)),
      formatCount(site.incidentCount),
      formatDuration(msOf(site.longest_seconds)),
      { text: "", draw: ({ x, baseline }) => badge(paper, site.breached, x, baseline - 0.4) },
      {
        text: "",
        draw: ({ x, width, baseline }) =>
          timeline.draw(paper, site, { x, y: baseline - STRIP_HEIGHT + 0.6, width, height: STRIP_HEIGHT }),
      },
    ],
  });
}

const WIDEST_TIMELINE = 86;
const NARROWEST_TIMELINE = 30;
const NARROWEST_NAME = 120;

const atRight = (title: string) => ({ title, align: "right" }) as const;

/** The figures get what they need; of the rest the timeline gets its share, the site's name most. */
function columnsOf(paper: Paper, rows: Iterable<Row>): Column[] {
  const titles = ["Uptime", "Downtime", "Incidents", "Longest"];
  const figures = fittedColumns(paper, titles.map(atRight), rows, 1);
  const fixed: Column[] = [...figures, { title: "Result", width: 56 }];
  const rest = fixed.reduce((sum, column) => sum - column.width, paper.width);
  const timeline = Math.max(NARROWEST_TIMELINE, Math.min(WIDEST_TIMELINE, rest - NARROWEST_NAME));
  return [
    { title: "Site", width: rest - timeline, wrap: true, style: STYLES.cellText },
    ...fixed,
    { title: timeline === WIDEST_TIMELINE ? "Timeline of the period" : "Time", width: timeline },
  ];
}
