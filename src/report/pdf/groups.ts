// A table of groups for each grouping rule of the schedule.
import type { GroupSection } from "../document.ts";
import { formatCount, formatDuration, msOf } from "../format.ts";
import { badge, paragraph, SECTION_HEAD_HEIGHT, sectionHeading } from "./blocks.ts";
import { type Context, writtenMean, writtenUptime } from "./context.ts";
import { type Column, SMALLEST_TABLE, Table } from "./press/table.ts";
import { cleanText } from "./press/text.ts";
import { STYLES } from "./press/theme.ts";

/** What an aggregation does, for the line under the title. */
export const AGGREGATIONS = {
  avg: { title: "mean of the sites", text: "A group's figure is the mean of the uptimes of its sites." },
  min: { title: "worst site", text: "A group's figure is the lowest uptime of its sites." },
  max: { title: "best site", text: "A group's figure is the highest uptime of its sites." },
  redundancy: {
    title: "redundancy",
    text: "A group is down only while every site of it that is in service is down.",
  },
} as const;

/** Draws a section for each grouping rule; none, if there are no rules. */
export function drawGroups(context: Context): void {
  for (const [index, section] of context.report.groups.entries())
    drawSection(context, section, `groups${index}`);
}

function drawSection(context: Context, section: GroupSection, target: string): void {
  const { paper } = context;
  const { title, text } = AGGREGATIONS[section.aggregation];
  const isRedundancy = section.aggregation === "redundancy";
  paper.tags.startSection();
  sectionHeading(
    context,
    `By ${cleanText(section.key)}: ${title}`,
    target,
    SECTION_HEAD_HEIGHT + SMALLEST_TABLE,
  );
  paragraph(paper, `${text} A site with several values belongs to each of those groups.`);
  const table = new Table(paper, columnsOf(paper.width, isRedundancy));
  for (const group of section.groups) {
    const { service_seconds: service, downtime_seconds: downtime } = group;
    const lengths =
      service === null || downtime === null ? null : { service_seconds: service, downtime_seconds: downtime };
    const uptime = lengths === null ? writtenMean(group.uptime_percentage) : writtenUptime(lengths);
    table.row({
      cells: [
        group.value === null ? "Ungrouped" : cleanText(group.value),
        formatCount(group.site_ids.length),
        { text: group.uptime_percentage === null ? "–" : uptime, style: STYLES.cellStrong },
        ...(isRedundancy ? [lengths === null ? "–" : formatDuration(msOf(lengths.downtime_seconds))] : []),
        { text: "", draw: ({ x, baseline }) => badge(paper, group.breached, x, baseline - 0.4) },
      ],
    });
  }
  table.close();
  paper.tags.endSection();
}

function columnsOf(width: number, isRedundancy: boolean): Column[] {
  return [
    { title: "Group", width: width * 0.44, wrap: true, style: STYLES.cellText },
    { title: "Sites", width: width * 0.1, align: "right" },
    { title: "Uptime", width: width * 0.17, align: "right" },
    ...(isRedundancy ? [{ title: "Downtime", width: width * 0.17, align: "right" } as const] : []),
    { title: "Result", width: width * 0.12 },
  ];
}
