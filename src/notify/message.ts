// What an e-mail says: subject, plain text and HTML. Whatever users named is text: escaped, on one line.
import type { Headline } from "../model/report.ts";
import { formatDateRange, formatDuration, msOf } from "../report/format.ts";
import { DAY_MS } from "../sla/lengths.ts";
import { displayOfDouble, displayPercentage } from "../sla/percentage.ts";
import type { Notice, ReportNotice } from "./notice.ts";

export type Message = { subject: string; text: string; html: string };

/** How the PDF comes along. */
export type PdfPlace = "attached" | "linked";

/** The message of a notice. `pdf` is of no account for a test. */
export function messageAbout(notice: Notice, pdf: PdfPlace): Message {
  return notice.kind === "test" ? testMessage(notice.groupName) : reportMessage(notice, pdf);
}

function testMessage(groupName: string): Message {
  const subject = `Test of ${oneLine(groupName)}`;
  const text = `This is a test: finished reports for the notification group "${oneLine(groupName)}" will come to this address.`;
  return { subject, text: `${text}\n`, html: page(subject, `<p>${Bun.escapeHTML(text)}</p>`) };
}

function reportMessage(notice: ReportNotice, pdf: PdfPlace): Message {
  const { report, headline, links } = notice;
  const name = oneLine(report.schedule_name);
  const period = formatDateRange(report.from_date, report.to_date);
  const verdict = verdictOf(headline);
  const subject = `${name}: ${availabilityOf(notice)}${verdict ? ` (${verdict})` : ""} – ${period}`;
  const facts = factsOf(notice, verdict);
  const lowest = (headline?.lowest ?? []).map(lowestLine);
  const days = Math.floor(notice.linkMs / DAY_MS);
  const howLong = `${days} ${days === 1 ? "day" : "days"}`;
  const whereIsIt =
    pdf === "attached"
      ? `The report is attached as PDF. It can also be downloaded for ${howLong}:`
      : `The report is too large to be attached. It can be downloaded for ${howLong}:`;
  const text = [
    `${name}, ${period} (${report.timezone})`,
    "",
    ...facts.map(([what, value]) => `${what}: ${value}`),
    ...(lowest.length > 0 ? ["", "Lowest sites:", ...lowest.map((line) => `- ${line}`)] : []),
    "",
    whereIsIt,
    links.pdf,
    "",
  ].join("\n");
  const rows = facts.map(
    ([what, value]) =>
      `<tr><th ${CELL}>${Bun.escapeHTML(what)}</th><td ${CELL}>${Bun.escapeHTML(value)}</td></tr>`,
  );
  const html = [
    `<h1 style="font-size:20px">${Bun.escapeHTML(name)}</h1>`,
    `<p>${Bun.escapeHTML(`${period} (${report.timezone})`)}</p>`,
    `<table style="border-collapse:collapse">${rows.join("")}</table>`,
    lowest.length > 0 ? `<h2 style="font-size:16px">Lowest sites</h2>` : "",
    lowest.length > 0 ? `<ul>${lowest.map((line) => `<li>${Bun.escapeHTML(line)}</li>`).join("")}</ul>` : "",
    `<p>${whereIsIt} <a href="${Bun.escapeHTML(links.pdf)}">PDF</a></p>`,
  ].join("\n");
  return { subject, text, html: page(subject, html) };
}

const CELL = 'style="text-align:left;padding:2px 16px 2px 0"';

/** All sites together, rounded down as the report prints it. */
function availabilityOf({ report, headline }: ReportNotice): string {
  if (report.uptime_percentage === null) return report.site_count === 0 ? "no sites" : "no service time";
  const exact =
    headline && displayPercentage(msOf(headline.service_seconds), msOf(headline.downtime_seconds));
  return `${exact ?? displayOfDouble(report.uptime_percentage)} %`;
}

function verdictOf(headline: Headline | null): "met" | "breached" | null {
  if (!headline || headline.breached === null) return null;
  return headline.breached ? "breached" : "met";
}

function factsOf(notice: ReportNotice, verdict: string | null): [what: string, value: string][] {
  const { report, headline } = notice;
  return [
    ["Availability", `${availabilityOf(notice)}${verdict ? `, ${verdict}` : ""}`],
    ["Target", `${report.sla_target} %`],
    ["Sites breached", `${report.breached_count ?? 0} of ${report.site_count ?? 0}`],
    ...(headline
      ? ([["Downtime, all sites", formatDuration(msOf(headline.downtime_seconds))]] as [string, string][])
      : []),
  ];
}

function lowestLine(site: Headline["lowest"][number]): string {
  const downtimeMs = msOf(site.downtime_seconds);
  const percentage = displayPercentage(msOf(site.service_seconds), downtimeMs);
  return `${oneLine(site.name)}: ${percentage} %, ${formatDuration(downtimeMs)} down${site.breached ? ", breached" : ""}`;
}

/** Without line breaks, control characters, and marks that turn the direction of what follows. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${Bun.escapeHTML(title)}</title></head>
<body style="font-family:sans-serif;color:#222;line-height:1.5">
${body}
</body></html>
`;
}
