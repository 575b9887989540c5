// Business hours: weekly opening hours with holidays, in a zone of their own.
import { type Static, Type } from "@sinclair/typebox";
import { CalendarDate, Id, Instant, Text, ZoneName } from "./fields.ts";

const OpenInterval = Type.Object(
  {
    start: Type.String({
      format: "clock-time",
      description: "Opens at this wall-clock time.",
      example: "08:00",
    }),
    end: Type.String({
      format: "clock-time",
      description: "Closes at this time; `24:00` is allowed; an end before the start runs past midnight.",
      example: "17:00",
    }),
  },
  { additionalProperties: false },
);
const openOn = (day: string) =>
  Type.Optional(
    Type.Array(OpenInterval, {
      maxItems: 24,
      description: `When it is open on ${day}s; closed, when left out.`,
    }),
  );

export const WeeklyHours = Type.Object(
  {
    monday: openOn("Monday"),
    tuesday: openOn("Tuesday"),
    wednesday: openOn("Wednesday"),
    thursday: openOn("Thursday"),
    friday: openOn("Friday"),
    saturday: openOn("Saturday"),
    sunday: openOn("Sunday"),
  },
  { additionalProperties: false, description: "Open intervals of each weekday; a day left out is closed." },
);
export type WeeklyHours = Static<typeof WeeklyHours>;

export const Holiday = Type.Union([
  CalendarDate("A date that is closed all day."),
  Type.Object(
    { date: CalendarDate("A date that is closed all day."), name: Text(100, "The holiday's name.") },
    { additionalProperties: false },
  ),
]);
export type Holiday = Static<typeof Holiday>;

const fields = {
  name: Text(100, "What these hours are called."),
  timezone: ZoneName("The zone of the wall-clock times. It need not be the schedule's zone."),
  days: WeeklyHours,
};
const holidays = Type.Array(Holiday, {
  maxItems: 1000,
  description:
    "Dates that are closed all day, as the calendar of `timezone` has them: plain dates, or dates with a name.",
});

export const BusinessHoursInput = Type.Object(
  { ...fields, holidays: Type.Optional(holidays) },
  { $id: "BusinessHoursInput", additionalProperties: false },
);
export type BusinessHoursInput = Static<typeof BusinessHoursInput>;

export const BusinessHours = Type.Object(
  {
    id: Id("businessHours", "The id of these hours."),
    ...fields,
    holidays,
    created_at: Instant("When they were created."),
    updated_at: Instant("When they were last changed."),
  },
  { $id: "BusinessHours" },
);
export type BusinessHours = Static<typeof BusinessHours>;
