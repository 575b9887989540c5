// What a report says of other times than its own: the period right before it, and the reports before it.
import { type Static, Type } from "@sinclair/typebox";
import { Nullable } from "../model/fields.ts";
import { addDays, daysBetween, type LocalDate } from "../sla/calendar.ts";
import { seconds } from "./figures.ts";
import { msOf } from "./format.ts";

/** The most earlier reports that a document lists. */
export const MOST_HISTORY = 12;

const PreviousPeriod = Type.Object(
  {
    from_date: Type.String({ description: "Its first day." }),
    to_date: Type.String({ description: "Its last day, inclusive: the day before the report's first." }),
    service_seconds: Type.Number({ description: "Service time of all sites together." }),
    downtime_seconds: Type.Number({ description: "Downtime of all sites together." }),
    uptime_percentage: Type.Number({ description: "Unrounded; never 100 while there is downtime." }),
    incident_count: Type.Integer({ description: "Incidents of all sites together." }),
  },
  { description: "As many days right before the period, computed of the same sites by the same rules." },
);
export type PreviousPeriod = Static<typeof PreviousPeriod>;

export const Trend = Nullable(
  Type.Object(
    {
      previous: PreviousPeriod,
      change: Type.Object(
        {
          uptime_points: Nullable(
            Type.Number({ description: "Percentage points of uptime gained; null without uptime now." }),
          ),
          downtime_seconds: Type.Number({ description: "Downtime added; negative when there is less." }),
          incident_count: Type.Integer({ description: "Incidents added; negative when there are fewer." }),
        },
        { description: "This period less the previous one." },
      ),
    },
    { description: "How the period compares with the one before it; null when that had no service time." },
  ),
);
export type Trend = Static<typeof Trend>;

export const HistoryEntry = Type.Object({
  report_id: Type.String({ description: "The earlier report's id." }),
  from_date: Type.String({ description: "Its first day." }),
  to_date: Type.String({ description: "Its last day, inclusive." }),
  uptime_percentage: Nullable(
    Type.Number({ description: "Of all its sites together; null without service time." }),
  ),
  site_count: Type.Integer({ description: "How many sites it was about." }),
  breached_count: Type.Integer({ description: "How many of them missed the target." }),
});
export type HistoryEntry = Static<typeof HistoryEntry>;

/** As many days as from `fromDate` to `toDate`, right before them; null when they would begin before 1970. */
export function previousDates(
  fromDate: LocalDate,
  toDate: LocalDate,
): { fromDate: LocalDate; toDate: LocalDate } | null {
  const days = daysBetween(fromDate, toDate) + 1;
  const first = addDays(fromDate, -days);
  return first < "1970-01-01" ? null : { fromDate: first, toDate: addDays(fromDate, -1) };
}

/** The change from the previous period to this one. */
export function trendOf(
  now: { uptime_percentage: number | null; downtime_seconds: number; incident_count: number },
  previous: PreviousPeriod | null,
): Trend {
  if (previous === null) return null;
  return {
    previous,
    change: {
      uptime_points:
        now.uptime_percentage === null ? null : now.uptime_percentage - previous.uptime_percentage,
      downtime_seconds: seconds(msOf(now.downtime_seconds) - msOf(previous.downtime_seconds)),
      incident_count: now.incident_count - previous.incident_count,
    },
  };
}
