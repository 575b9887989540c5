// The table of all sites, or of those that breached the target when the schedule shows only them.
import { formatCount, formatDuration, msOf } from "../format.ts";
import { badge, paragraph, sectionHeading } from "./blocks.ts";
import type { Context } from "./context.ts";
import { type Column, SMALLEST_TABLE, Table } from "./table.ts";
import { inColor, STYLES } from "./theme.ts";
import type { Timeline } from "./timeline.ts";

const STRIP_HEIGHT = 7;

/** Draws the section Sites. */
export function drawSitesTable(context: Context, timeline: Timeline): void {
  const { paper, report, sites, shown } = context;
  paper.tags.open("Sect");
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
  } else if (sites.length === 0) {
    paragraph(paper, "No site matched the schedule's selection.");
  } else if (report.summary.incident_count === 0) {
    paragraph(paper, "No faults counted as downtime in this period.");
  }
  const table = new Table(paper, columnsOf(paper.width));
  const link = inColor(STYLES.cellText, paper.brand.text);
  for (const { site, name, uptime, details } of shown) {
    const hasService = site.breached !== null;
    table.row({
      cells: [
        details === null ? name : { text: name, style: link, target: details },
        { text: hasService ? uptime : "–", style: STYLES.cellStrong },
        formatDuration(msOf(site.downtime_seconds)),
        formatCount(site.incidents.length),
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
  table.close();
  paper.tags.close();
}

function columnsOf(width: number): Column[] {
  const fixed: Column[] = [
    { title: "Uptime", width: 54, align: "right" },
    { title: "Downtime", width: 76, align: "right" },
    { title: "Inc.", width: 32, align: "right" },
    { title: "Longest", width: 72, align: "right" },
    { title: "Result", width: 52 },
    { title: "Timeline of the period", width: 92 },
  ];
  const rest = fixed.reduce((sum, column) => sum - column.width, width);
  return [{ title: "Site", width: rest, wrap: true, style: STYLES.cellText }, ...fixed];
}
