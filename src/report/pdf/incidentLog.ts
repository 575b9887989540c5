// The log of a site: its incidents with their comments, and the faults that were not counted, with the reason.
import type { DocumentFault, DocumentSite, Incident } from "../document.ts";
import { formatCount, formatCountOf, formatDuration, msOf } from "../format.ts";
import { NOT_COUNTED_REASONS } from "../notCounted.ts";
import { paragraph, SMALL_HEAD_HEIGHT, smallHeading } from "./blocks.ts";
import type { Context } from "./context.ts";
import type { Paper } from "./press/paper.ts";
import { type Cell, type Column, type Lead, SMALLEST_TABLE, Table } from "./press/table.ts";
import { cleanText } from "./press/text.ts";
import { COLORS, inColor, STYLES } from "./press/theme.ts";

/** Of one site as many are printed, and as many faults that are not counted. */
export const MOST_PRINTED = 200;

const ONGOING: Cell = { text: "ongoing", style: inColor(STYLES.cellStrong, COLORS.red) };

/** Draws the table of incidents under what `lead` draws. */
export function drawIncidents(context: Context, site: DocumentSite, lead: Lead): void {
  const { paper } = context;
  if (site.incidents.length === 0) {
    paper.need(lead.height + SMALLEST_TABLE);
    lead.draw();
    return;
  }
  const table = new Table(paper, columnsOf(paper.width, "Down in service time"), lead);
  const faults = new Map(site.faults.map((fault) => [fault.id, fault]));
  for (const incident of site.incidents.slice(0, MOST_PRINTED)) {
    const members = incident.fault_ids.map((id) => faults.get(id)).filter((fault) => fault !== undefined);
    table.row({
      cells: [
        context.clock(incident.started_at),
        incident.ended_at === null ? ONGOING : context.clock(incident.ended_at),
        durationOf(incident),
        incident.category,
        causeOf(incident.cause, members),
      ],
      notes: commentsOf(context, members),
    });
  }
  table.close();
  drawRest(paper, site.incidents.length, "incident");
}

/** How many more there are than are printed, and where they are. */
function drawRest(paper: Paper, count: number, what: "incident" | "fault"): void {
  const rest = count - MOST_PRINTED;
  if (rest <= 0) return;
  const text =
    `${formatCountOf(rest, `more ${what}`)} ${rest === 1 ? "is" : "are"} not printed: the JSON of this report lists all ` +
    `${formatCount(count)}, its CSV has their figures.`;
  paper.y += 4;
  paragraph(paper, text, { style: STYLES.note, after: 0 });
}

function durationOf(incident: Incident): Cell {
  const inside = formatDuration(msOf(incident.service_seconds));
  const outsideMs = msOf(incident.outside_seconds);
  if (outsideMs === 0) return { text: inside, style: STYLES.cellStrong };
  return { text: inside, style: STYLES.cellStrong, below: `+ ${formatDuration(outsideMs)} outside` };
}

/** The cause; or what the monitoring system said; and how many faults the outage was merged of. */
function causeOf(cause: string | null, faults: readonly DocumentFault[]): string {
  const message = faults[0]?.message ?? null;
  const text = cleanText(cause ?? message ?? "no cause given");
  return faults.length > 1 ? `${text} (${formatCount(faults.length)} faults)` : text;
}

function commentsOf({ clock }: Context, faults: readonly DocumentFault[]): string[] {
  return faults.flatMap(({ comments }) =>
    comments.map(
      (comment) => `${clock(comment.created_at)} ${cleanText(comment.author)}: ${cleanText(comment.text)}`,
    ),
  );
}

/** Draws the table of faults that are no downtime, each marked with the reason; nothing without any. */
export function drawNotCounted(context: Context, site: DocumentSite): void {
  const { paper } = context;
  const ignored = site.faults.filter(({ counted }) => !counted);
  if (ignored.length === 0) return;
  const lead = {
    height: 10 + SMALL_HEAD_HEIGHT,
    draw: () => {
      paper.y += 10;
      smallHeading(paper, `Not counted (${formatCount(ignored.length)})`);
    },
  };
  const links = new Map(site.wan_links.map(({ id, name }) => [id, cleanText(name)]));
  const table = new Table(paper, columnsOf(paper.width, "Length"), lead);
  for (const fault of ignored.slice(0, MOST_PRINTED)) {
    const reason = fault.reason === null ? "not counted" : NOT_COUNTED_REASONS[fault.reason];
    const cause = causeOf(fault.cause, [fault]);
    const link = fault.resource_id === null ? undefined : links.get(fault.resource_id);
    table.row({
      cells: [
        context.clock(fault.started_at),
        fault.resolved_at === null ? ONGOING : context.clock(fault.resolved_at),
        lengthOf(fault),
        fault.category,
        {
          text: link === undefined ? cause : `${link}: ${cause}`,
          below: reason.charAt(0).toUpperCase() + reason.slice(1),
        },
      ],
      notes: commentsOf(context, [fault]),
    });
  }
  table.close();
  drawRest(paper, ignored.length, "fault");
}

function lengthOf({ started_at, resolved_at }: DocumentFault): string {
  return resolved_at === null ? "–" : formatDuration(Date.parse(resolved_at) - Date.parse(started_at));
}

function columnsOf(width: number, length: string): Column[] {
  return [
    { title: "Start", width: 98 },
    { title: "End", width: 98 },
    { title: length, width: 100, align: "right", wrap: true },
    { title: "Category", width: 48, style: STYLES.cellText },
    { title: "Cause", width: width - 344, wrap: true, style: STYLES.cellText },
  ];
}
