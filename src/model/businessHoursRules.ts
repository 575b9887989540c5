// What business hours must obey beyond the types of their fields.
import type { BusinessHoursInput } from "./businessHours.ts";
import { NinesError } from "./errors.ts";

/** Refuses an interval that starts at 24:00, and hours that are never open. */
export function checkBusinessHours(hours: BusinessHoursInput): void {
  let open = 0;
  for (const [day, intervals] of Object.entries(hours.days)) {
    intervals.forEach(({ start }, index) => {
      open++;
      if (start !== "24:00") return;
      throw new NinesError("parameter_invalid", {
        param: `days.${day}[${index}].start`,
        message: `'days.${day}[${index}].start' cannot be 24:00; give the interval to the next day, from 00:00.`,
      });
    });
  }
  if (open === 0) {
    throw new NinesError("parameter_invalid", {
      param: "days",
      message:
        '\'days\' has no open hours; give at least one interval, such as {"monday": [{"start": "08:00", "end": "17:00"}]}.',
    });
  }
}
