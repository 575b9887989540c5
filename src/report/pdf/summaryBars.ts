// The two lists with bars at the foot of the summary: the worst sites, and downtime by cause.
import { CATEGORIES } from "../../sla/causes.ts";
import { formatCount, formatCountOf, formatDuration, msOf } from "../format.ts";
import { SMALL_HEAD_HEIGHT } from "./blocks.ts";
import type { Context } from "./context.ts";
import { shortened } from "./press/text.ts";
import { COLORS, inColor, STYLES } from "./press/theme.ts";

const MOST_SITES = 5;
const ROW_HEIGHT = 23;
const BAR_HEIGHT = 4;

/** Room that both lists need at most. */
export const WORST_HEIGHT = SMALL_HEAD_HEIGHT + MOST_SITES * ROW_HEIGHT + 16;

type Place = { x: number; y: number; width: number };

/** The shown sites with the lowest uptime below 100%, their names leading to their details. Answers where it ends. */
export function drawWorstSites(context: Context, { x, y, width }: Place): number {
  const { paper, sites, shown, report } = context;
  const worst = shown
    .filter(({ site }) => site.downtime_seconds > 0)
    .sort((a, b) => (a.site.uptime_percentage ?? 100) - (b.site.uptime_percentage ?? 100))
    .slice(0, MOST_SITES);
  paper.tags.leaf("H3", () => paper.text("Lowest availability", x, y + 9, STYLES.h3));
  let top = y + SMALL_HEAD_HEIGHT;
  if (worst.length === 0) {
    const hidden = sites.some(({ site }) => site.downtime_seconds > 0);
    const text = hidden ? "No site breached the target." : "No site had any downtime.";
    paper.tags.leaf("P", () => paper.text(text, x, top + 10, STYLES.body));
    return top + 22;
  }
  const most = Math.max(...worst.map(({ site }) => share(site)));
  for (const { site, name, uptime, details } of worst) {
    const figureWidth = paper.widthOf(uptime, STYLES.cellStrong);
    const color = site.breached ? COLORS.red : COLORS.grey;
    const label = shortened(paper.faces.medium, name, STYLES.bodyBold, width - figureWidth - 12);
    paper.tags.leaf("P", () => {
      paper.text(
        label,
        x,
        top + 10,
        details === null ? STYLES.bodyBold : inColor(STYLES.bodyBold, paper.brand.text),
      );
      paper.textRight(uptime, x + width, top + 10, STYLES.cellStrong);
    });
    if (details !== null) paper.link({ x, y: top, width, height: ROW_HEIGHT - 3 }, details, name);
    paper.fill(x, top + 14.5, width, BAR_HEIGHT, COLORS.panel);
    paper.fill(x, top + 14.5, Math.max(1, (width * share(site)) / most), BAR_HEIGHT, color);
    top += ROW_HEIGHT;
  }
  const others = report.summary.breached_count - worst.filter(({ site }) => site.breached).length;
  return others > 0 ? drawOthers(context, others, { x, y: top, width }) : top + 6;
}

/** How many more sites breached, leading to the table of sites. Answers where it ends. */
function drawOthers({ paper }: Context, others: number, { x, y, width }: Place): number {
  const text = `${formatCountOf(others, "more site")} breached the target: see Sites.`;
  paper.tags.leaf("P", () => paper.text(text, x, y + 8, STYLES.note));
  paper.link({ x, y, width, height: 11 }, "sites", "Sites");
  return y + 20;
}

const share = (site: { downtime_seconds: number; service_seconds: number }) =>
  site.downtime_seconds / site.service_seconds;

const CAUSE_NAMES = { power: "Power", network: "Network", device: "Device", other: "Other" } as const;

/** Downtime by category of cause, with bars in proportion to the whole downtime. */
export function drawCauses({ paper, report }: Context, { x, y, width }: Place): void {
  const { downtime_by_cause: byCause, downtime_seconds: whole } = report.summary;
  paper.tags.leaf("H3", () => paper.text("Downtime by cause", x, y + 9, STYLES.h3));
  let top = y + SMALL_HEAD_HEIGHT;
  for (const category of CATEGORIES) {
    const part = byCause[category];
    const percent = whole > 0 ? ` (${formatCount(Math.round((100 * part) / whole))}%)` : "";
    paper.tags.leaf("P", () => {
      paper.text(CAUSE_NAMES[category], x, top + 10, STYLES.body);
      paper.textRight(`${formatDuration(msOf(part))}${percent}`, x + width, top + 10, STYLES.cell);
    });
    paper.fill(x, top + 14.5, width, BAR_HEIGHT, COLORS.panel);
    if (part > 0)
      paper.fill(x, top + 14.5, Math.max(1, (width * part) / whole), BAR_HEIGHT, paper.brand.full);
    top += ROW_HEIGHT;
  }
}
