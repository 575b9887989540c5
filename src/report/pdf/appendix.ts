// The appendix "How these figures were computed": every rule with the values it had in this report, laid out.
// What the rules say is in rules.ts.

import type { ReportDocument } from "../document.ts";
import { formatCount, formatCountOf } from "../format.ts";
import { spansOfMaintenance } from "../maintenance.ts";
import { NOT_COUNTED_REASONS } from "../notCounted.ts";
import { lineHeightOf, SMALL_HEAD_HEIGHT, sectionHeading, smallHeading } from "./blocks.ts";
import { type Context, writtenInstant } from "./context.ts";
import { type Column, type Row, Table } from "./press/table.ts";
import { cleanText, linesOf } from "./press/text.ts";
import { baselineIn, STYLES } from "./press/theme.ts";
import { type Rule, writtenRules } from "./rules.ts";

const LABEL_WIDTH = 100;
const PARAGRAPH_GAP = 3;
const RULE_GAP = 6;

/** Draws the appendix, from the top of a page. */
export function drawAppendix(context: Context): void {
  const { paper } = context;
  if (paper.y > paper.top) paper.breakPage();
  paper.tags.startSection();
  sectionHeading(context, "How these figures were computed", "appendix", 100);
  for (const rule of writtenRules(context)) drawRule(context, rule);
  drawMaintenance(context);
  drawReasons(context);
  drawCausePatterns(context);
  drawOrigin(context);
  paper.tags.endSection();
}

/** A rule's label on the left, its paragraphs on the right, broken over pages where they must be. */
function drawRule({ paper }: Context, { label, paragraphs }: Rule): void {
  const { body, bodyBold } = STYLES;
  const height = lineHeightOf(body);
  const x = paper.left + LABEL_WIDTH;
  const lines = paragraphs.map((text) => linesOf(paper.faces.regular, text, body, paper.right - x));
  const whole = lines.reduce((sum, those) => sum + those.length * height + PARAGRAPH_GAP, 0);
  paper.need(Math.min(whole, 4 * height));
  paper.tags.leaf("H3", () =>
    paper.text(label, paper.left, paper.y + baselineIn(height, body.size), bodyBold),
  );
  for (const those of lines) {
    paper.tags.leaf("P", () => {
      for (const line of those) {
        if (paper.y + height > paper.bottom) paper.breakPage();
        paper.text(line, x, paper.y + baselineIn(height, body.size), body);
        paper.y += height;
      }
    });
    paper.y += PARAGRAPH_GAP;
  }
  paper.y += RULE_GAP - PARAGRAPH_GAP;
}

/** A table of the appendix under a small heading that is never parted from it. */
function drawTable({ paper }: Context, title: string, columns: Column[], rows: Iterable<Row>): void {
  const lead = {
    height: 10 + SMALL_HEAD_HEIGHT,
    draw: () => {
      paper.y += 10;
      smallHeading(paper, title);
    },
  };
  const table = new Table(paper, columns, lead);
  for (const row of rows) table.row(row);
  table.close();
}

const TEXT = { style: STYLES.cellText, wrap: true } as const;

function drawMaintenance(context: Context): void {
  const { paper, report, clock, siteNames } = context;
  const columns: Column[] = [
    { title: "Maintenance window", width: paper.width - 378, ...TEXT },
    { title: "Start", width: 99 },
    { title: "End", width: 99 },
    { title: "For", width: 180, ...TEXT },
  ];
  const rows = report.maintenance_windows.map((window) => {
    const { name, starts_at, ends_at, rrule, site_ids, tags } = window;
    const whom =
      site_ids !== null
        ? namesOf(site_ids, siteNames)
        : tags !== null
          ? `sites with ${tags.map(({ key, value }) => `${cleanText(key)} = ${cleanText(value)}`).join(" or ")}`
          : "all sites";
    const notes = rrule === null ? [] : [occurrencesIn(context, window, rrule)];
    return { cells: [cleanText(name), clock(starts_at), clock(ends_at), whom], notes };
  });
  drawTable(context, "Maintenance windows", columns, rows);
}

const MOST_OCCURRENCES = 10;

/** The rule of a recurring window, and when it recurred within the period, as far as that is not too much. */
function occurrencesIn(
  { report, clock }: Context,
  window: ReportDocument["maintenance_windows"][number],
  rule: string,
): string {
  const { starts_at, ends_at } = report.period;
  const period = { startMs: Date.parse(starts_at), endMs: Date.parse(ends_at) };
  const starts = spansOfMaintenance(window, period).map(({ startMs }) =>
    clock(new Date(startMs).toISOString()),
  );
  const shown = starts.slice(0, MOST_OCCURRENCES).map((start) => start.replace(/:00$/, ""));
  const more = starts.length - shown.length;
  return (
    `First time; again by ${cleanText(rule)}, clocks of ${window.timezone}. ` +
    `In this period ${formatCountOf(starts.length, "time")}: ${shown.join(", ")}${more > 0 ? ` and ${formatCount(more)} more` : ""}`
  );
}

const MOST_NAMES = 5;

/** The names of a few sites, or how many there are; sites that the report is not about have no name in it. */
function namesOf(ids: readonly string[], siteNames: ReadonlyMap<string, string>): string {
  if (ids.length === 0) return "no site";
  const names = ids.map((id) => siteNames.get(id)).filter((name) => name !== undefined);
  if (names.length === ids.length && names.length <= MOST_NAMES) return names.join(", ");
  return `${formatCountOf(ids.length, "site")}, ${formatCount(names.length)} of them in this report`;
}

function drawReasons(context: Context): void {
  const { paper, notCounted } = context;
  const columns: Column[] = [
    { title: "Faults that are not counted", width: paper.width - 80, ...TEXT },
    { title: "In this report", width: 80, align: "right" },
  ];
  const counts = new Map<string, number>(notCounted);
  const rows = Object.entries(NOT_COUNTED_REASONS).map(([reason, text]) => ({
    cells: [text, formatCount(counts.get(reason) ?? 0)],
  }));
  drawTable(context, "Ignored faults", columns, rows);
}

function drawCausePatterns(context: Context): void {
  const { paper, report } = context;
  const columns: Column[] = [
    { title: "Category", width: 80, style: STYLES.cellText },
    {
      title: "Words of the cause (… stands for any ending), else of the type",
      width: paper.width - 80,
      ...TEXT,
    },
  ];
  // A word that ends in a space matches whole words only.
  const written = (word: string) => (word.endsWith(" ") ? word.trim() : `${word}…`);
  const rows = report.cause_patterns.map(({ category, pattern }) => ({
    cells: [category, cleanText(pattern).split("|").map(written).join(", ")],
  }));
  drawTable(context, "Causes: the first line that matches decides; none matches: other", columns, rows);
}

const TRIGGERS = {
  on_demand: "on demand",
  daily: "daily schedule",
  weekly: "weekly schedule",
  monthly: "monthly schedule",
} as const;

function drawOrigin(context: Context): void {
  const { paper, report, clock } = context;
  const { report: made, generator } = report;
  const computed = `${clock(made.computed_at)} ${report.period.timezone} (${writtenInstant(made.computed_at)})`;
  const check =
    "The JSON of this report holds every fault and rule; “nines verify report.json” computes the figures again.";
  const facts: [string, string][] = [
    ["Report", made.id ?? "made by the command line, not stored"],
    ["Schedule", `${cleanText(made.schedule_name)} (${made.schedule_id}), ${TRIGGERS[made.trigger]}`],
    ["Computed at", computed],
    [
      "Made by",
      `Nines ${generator.version}, time zones of tzdata ${generator.tzdata}, schema version ${report.schema_version}`,
    ],
    ["Digest", `${report.digest} (SHA-256 of the canonical JSON without this field)`],
    ["To check it", check],
  ];
  paper.y += 14;
  paper.need(SMALL_HEAD_HEIGHT + facts.length * (lineHeightOf(STYLES.body) + RULE_GAP));
  smallHeading(paper, "This report");
  paper.y += 2;
  for (const [label, text] of facts) drawRule(context, { label, paragraphs: [text] });
}
