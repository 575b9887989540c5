// A table of groups for each grouping rule of the schedule.
import type { GroupSection } from "../document.ts";
import { formatCount, formatDuration, msOf } from "../format.ts";
import { badge, paragraph, SECTION_HEAD_HEIGHT, sectionHeading } from "./blocks.ts";
import { type Context, writtenMean, writtenUptime } from "./context.ts";
import { type Column, SMALLEST_TABLE, Table } from "./table.ts";
import { cleanText } from "./text.ts";
import { STYLES } from "./theme.ts";

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
  context.report.groups.forEach((section, index) => drawSection(context, section, `groups${index}`));
}

function drawSection(context: Context, section: GroupSection, target: string): void {
  const { paper } = context;
  const { title, text } = AGGREGATIONS[section.aggregation];
  const isRedundancy = section.aggregation === "redundancy";
  paper.tags.open("Sect");
  sectionHeading(
    context,
    `By ${cleanText(section.key)}: ${title}`,
    target,
    SECTION_HEAD_HEIGHT + SMALLEST_TABLE,
  );
  paragraph(paper, `${text} A site with several values belongs to each of those groups.`);
  if (section.groups.length === 0) paragraph(paper, "There are no groups: no site was selected.");
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
  paper.tags.close();
}

function columnsOf(width: number, isRedundancy: boolean): Column[] {
  const fixed: Column[] = [
    { title: "Sites", width: 60, align: "right" },
    { title: "Uptime", width: 80, align: "right" },
    ...(isRedundancy ? [{ title: "Downtime", width: 96, align: "right" } as const] : []),
    { title: "Result", width: 60 },
  ];
  const rest = fixed.reduce((sum, column) => sum - column.width, width);
  return [{ title: "Group", width: rest, wrap: true, style: STYLES.cellText }, ...fixed];
}
