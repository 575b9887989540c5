// The rules of a report in words, with the values they had in it. How they are laid out is in appendix.ts.

import { WEEKDAYS } from "../../sla/businessHours.ts";
import type { DocumentHead } from "../document.ts";
import {
  formatCount,
  formatCountOf,
  formatDateRange,
  formatDuration,
  formatTarget,
  msOf,
} from "../format.ts";
import type { Context } from "./context.ts";
import { writtenInstant, writtenUptime } from "./context.ts";
import { AGGREGATIONS } from "./groups.ts";
import { cleanText } from "./press/text.ts";

/** A rule: what it is about, and what it says in one or more paragraphs. */
export type Rule = { label: string; paragraphs: string[] };

/** All rules of a report, in the order in which they apply. */
export function writtenRules(context: Context): Rule[] {
  const { report } = context;
  return [
    windowRule(context),
    sitesRule(report),
    serviceTimeRule(report),
    ...(report.business_hours === null ? [] : [hoursRule(report.business_hours)]),
    maintenanceRule(report),
    countedRule(report),
    downtimeRule(),
    uptimeRule(report),
    targetRule(report),
    overallRule(report),
    ...groupRules(report),
    incidentsRule(),
    budgetRule(report),
    ...trendRule(report),
  ];
}

function windowRule({ report, clock }: Context): Rule {
  const { period } = report;
  const lengthMs = Date.parse(period.ends_at) - Date.parse(period.starts_at);
  const paragraphs = [
    `From ${clock(period.starts_at)} (${writtenInstant(period.starts_at)}) up to, not including, ${clock(period.ends_at)} ` +
      `(${writtenInstant(period.ends_at)}): ${formatDuration(lengthMs)}, ${formatCountOf(period.days.length, "calendar day")} of ${period.timezone}, ` +
      `${period.from_date} and ${period.to_date} included. A day is as long as the zone's clocks make it.`,
  ];
  if (period.partial) {
    paragraphs.push(
      `Partial: the report was computed at ${clock(report.report.computed_at)} (${writtenInstant(report.report.computed_at)}), before the period was over. The window was cut off there.`,
    );
  }
  return { label: "Window", paragraphs };
}

function sitesRule({ settings, summary }: DocumentHead): Rule {
  const rules = settings.site_selection_rules.map(
    ({ key, value }) => `${cleanText(key)} = ${cleanText(value)}`,
  );
  const chosen = {
    all: "All sites of the workspace.",
    manual: "The sites that the schedule lists.",
    tags: `Sites with the tags ${rules.join(settings.site_selection_logic === "and" ? " and " : " or ")}.`,
  }[settings.site_selection_mode];
  const count =
    summary.site_count === 0 ? "None matched" : `${formatCountOf(summary.site_count, "site")} matched`;
  return { label: "Sites", paragraphs: [`${chosen} ${count} when the report was computed.`] };
}

function serviceTimeRule({ settings, business_hours: hours }: DocumentHead): Rule {
  const base =
    hours === null
      ? "A site is in service around the clock."
      : `A site is in service during the business hours “${cleanText(hours.name)}”, given below.`;
  const maintenance =
    settings.maintenance_counts_as === "up"
      ? "Maintenance stays service time and counts as up."
      : "Maintenance is not service time: it is neither up nor down.";
  const watched = "Time before a site was monitored is not service time: nobody watched it.";
  return { label: "Service time", paragraphs: [`${base} ${maintenance} ${watched}`] };
}

function hoursRule(hours: NonNullable<DocumentHead["business_hours"]>): Rule {
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const week = WEEKDAYS.map((day) => {
    const open = hours.days[day] ?? [];
    const times = open.map(({ start, end }) => `${start}–${end}${end <= start ? " (next day)" : ""}`);
    return `${capital(day)} ${times.length === 0 ? "closed" : times.join(" and ")}`;
  });
  const holidays = hours.holidays.map((holiday) =>
    typeof holiday === "string" ? holiday : `${holiday.date} (${cleanText(holiday.name)})`,
  );
  return {
    label: "Business hours",
    paragraphs: [
      `${week.join("; ")}. Wall-clock times of ${hours.timezone}, also where its clocks change.`,
      holidays.length === 0 ? "Holidays: none." : `Holidays, closed all day: ${holidays.join(", ")}.`,
    ],
  };
}

function maintenanceRule({ maintenance_windows: windows }: DocumentHead): Rule {
  const count = formatCountOf(windows.length, "maintenance window");
  const text = windows.length === 0 ? "None within the period." : `${count} within the period, listed below.`;
  return { label: "Maintenance", paragraphs: [text] };
}

function countedRule({ settings }: DocumentHead): Rule {
  const power = settings.ignore_power_outages
    ? "Faults whose cause is of the category power do not count, by agreement: their time counts as up, unless another counted fault covers it."
    : "Faults of every category of cause count, power included.";
  return {
    label: "Counted faults",
    paragraphs: [
      `Faults of type “site” count. ${power} Faults on a WAN link never count for the site; they make the table of its links. ` +
        "A fault that began before the window counts from the window's start; one that is still open counts up to the window's end.",
    ],
  };
}

function downtimeRule(): Rule {
  return {
    label: "Downtime",
    paragraphs: [
      "The service time during which at least one counted fault lasted. Faults that overlap count once. " +
        "All times are whole milliseconds; a span has its start in it, but not its end.",
    ],
  };
}

const asMs = (seconds: number) => formatCount(msOf(seconds));

function uptimeRule({ summary }: DocumentHead): Rule {
  const { service_seconds: service, downtime_seconds: downtime } = summary;
  const formula = "Uptime = (service time − downtime) ÷ service time. ";
  const example =
    summary.uptime_percentage === null
      ? "Without service time there is no uptime: the target is neither met nor breached."
      : `All sites together: (${asMs(service)} ms − ${asMs(downtime)} ms) ÷ ${asMs(service)} ms = ${writtenUptime(summary)}.`;
  return {
    label: "Uptime",
    paragraphs: [
      `${formula}${example}`,
      "Printed with three decimals, rounded down: 100.000% means that not one millisecond was lost.",
    ],
  };
}

function targetRule({ settings, summary }: DocumentHead): Rule {
  const units = BigInt(Math.round(settings.sla_target * 100_000));
  const left = BigInt(msOf(summary.downtime_seconds)) * 10_000_000n;
  const right = (10_000_000n - units) * BigInt(msOf(summary.service_seconds));
  const paragraphs = [
    `The target is ${formatTarget(settings.sla_target)}. It is breached when the uptime is below it; equal is met. ` +
      "The comparison is exact, in whole numbers: breached if downtime × 10⁷ > (10⁷ − target × 10⁵) × service time.",
  ];
  if (summary.breached !== null) {
    const sign = left > right ? ">" : "≤";
    paragraphs.push(
      `All sites together: ${withCommas(left)} ${sign} ${withCommas(right)}, so the target was ${summary.breached ? "breached" : "met"}.`,
    );
  }
  return { label: "Target", paragraphs };
}

const withCommas = (value: bigint) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

function overallRule({ summary }: DocumentHead): Rule {
  const blank = summary.no_service_time_count;
  const without =
    blank === 0
      ? ""
      : ` ${formatCountOf(blank, "site")} without service time ${blank === 1 ? "is" : "are"} in neither.`;
  return {
    label: "Overall and mean",
    paragraphs: [
      "The overall figure adds up the service time and the downtime of all sites, so a site counts by its service time. " +
        `The mean counts each site once.${without}`,
    ],
  };
}

function groupRules({ groups }: DocumentHead): Rule[] {
  if (groups.length === 0) return [];
  const paragraphs = groups.map(
    ({ key, aggregation }) => `By ${cleanText(key)}: ${AGGREGATIONS[aggregation].text}`,
  );
  paragraphs.push(
    "A site with several values of the tag belongs to each of those groups once; without the tag, to Ungrouped.",
  );
  return [{ label: "Groups", paragraphs }];
}

function incidentsRule(): Rule {
  return {
    label: "Incidents",
    paragraphs: [
      "Counted faults that overlap or touch make one incident, if any of it lies in service time. " +
        "MTTR, the mean time to repair, is downtime ÷ incidents; MTBF, the mean time between failures, is (service time − downtime) ÷ incidents.",
    ],
  };
}

function budgetRule({ settings }: DocumentHead): Rule {
  return {
    label: "Error budget",
    paragraphs: [
      `The downtime that a target of ${formatTarget(settings.sla_target)} allows: (100% − target) of the service time, cut to whole milliseconds. Used is the downtime; left is what remains.`,
    ],
  };
}

function trendRule({ trend }: DocumentHead): Rule[] {
  if (trend === null) return [];
  const { previous } = trend;
  return [
    {
      label: "Period before",
      paragraphs: [
        `As many days right before, ${formatDateRange(previous.from_date, previous.to_date)}, of the same sites by the same rules: ` +
          `(${asMs(previous.service_seconds)} ms − ${asMs(previous.downtime_seconds)} ms) ÷ ${asMs(previous.service_seconds)} ms = ${writtenUptime(previous)}.`,
      ],
    },
  ];
}
