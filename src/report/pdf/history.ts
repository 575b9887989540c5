// The table of the reports before this one, with this one as its last row. Their chart is on the first page.
import { formatCount, formatDateRange, formatTarget } from "../format.ts";
import { badge, paragraph, SECTION_HEAD_HEIGHT, sectionHeading } from "./blocks.ts";
import { type Context, writtenMean, writtenUptime } from "./context.ts";
import { type Column, SMALLEST_TABLE, Table } from "./press/table.ts";
import { STYLES } from "./press/theme.ts";

/** Draws the section Earlier reports; nothing if there are none. */
export function drawHistory(context: Context): void {
  const { paper, report } = context;
  const { history, period, summary, settings } = report;
  if (history.length === 0) return;
  paper.tags.startSection();
  sectionHeading(context, "Earlier reports", "history", SECTION_HEAD_HEIGHT + SMALLEST_TABLE);
  paragraph(
    paper,
    `The target of this report is ${formatTarget(settings.sla_target)}; that of earlier ones may have been another.`,
  );
  const table = new Table(paper, columnsOf(paper.width));
  for (const entry of history) {
    table.row({
      cells: [
        formatDateRange(entry.from_date, entry.to_date),
        {
          text: entry.uptime_percentage === null ? "–" : writtenMean(entry.uptime_percentage),
          style: STYLES.cellStrong,
        },
        formatCount(entry.site_count),
        formatCount(entry.breached_count),
      ],
    });
  }
  table.row({
    cells: [
      { text: `${formatDateRange(period.from_date, period.to_date)}, this report`, style: STYLES.cellStrong },
      { text: summary.breached === null ? "–" : writtenUptime(summary), style: STYLES.cellStrong },
      formatCount(summary.site_count),
      formatCount(summary.breached_count),
      { text: "", draw: ({ x, baseline }) => badge(paper, summary.breached, x, baseline - 0.4) },
    ],
  });
  table.close();
  paper.tags.endSection();
}

function columnsOf(width: number): Column[] {
  return [
    { title: "Period", width: width * 0.4, style: STYLES.cellText },
    { title: "Uptime", width: width * 0.15, align: "right" },
    { title: "Sites", width: width * 0.12, align: "right" },
    { title: "Breached", width: width * 0.15, align: "right" },
    { title: "Result", width: width * 0.18 },
  ];
}
