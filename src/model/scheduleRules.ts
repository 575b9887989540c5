// What a schedule must obey beyond the types of its fields.
import { targetUnits } from "../sla/percentage.ts";
import { NinesError } from "./errors.ts";
import {
  type ReportedSettings,
  SCHEDULE_DEFAULTS,
  type ScheduleInput,
  type ScheduleSettings,
} from "./schedule.ts";

/** The settings of a new or replaced schedule, with defaults filled in; throws when they do not fit together. */
export function settingsOf(input: ScheduleInput): ScheduleSettings {
  return checkedSettings({ ...SCHEDULE_DEFAULTS, ...input });
}

/** The settings that a report's document shows. */
export function reportedSettings(settings: ScheduleSettings): ReportedSettings {
  const {
    notification_group: _group,
    recipients: _recipients,
    retention_days: _days,
    retention_count: _count,
    ...reported
  } = settings;
  return reported;
}

/** Refuses settings whose fields contradict each other; else gives them back. */
export function checkedSettings(settings: ScheduleSettings): ScheduleSettings {
  const { daily, weekly, monthly } = settings;
  refuseTargetWithTooManyDecimals(settings.sla_target);
  if (!daily && !weekly && !monthly) {
    throw invalid("daily", "At least one of 'daily', 'weekly' and 'monthly' must be true.");
  }
  if (weekly && settings.day_of_week === null) {
    throw missing("day_of_week", "A weekly schedule needs 'day_of_week': monday to sunday.");
  }
  if (monthly && settings.day_of_month === null) {
    throw missing("day_of_month", "A monthly schedule needs 'day_of_month': 1 to 31.");
  }
  if (settings.calculate_sla_within_schedule_hours && settings.business_hours_id === null) {
    throw missing("business_hours_id", "'calculate_sla_within_schedule_hours' needs 'business_hours_id'.");
  }
  if (settings.site_selection_mode === "tags" && settings.site_selection_rules.length === 0) {
    throw missing(
      "site_selection_rules",
      "Selection by tags needs at least one rule in 'site_selection_rules'.",
    );
  }
  return settings;
}

function refuseTargetWithTooManyDecimals(target: number): void {
  try {
    targetUnits(target);
  } catch {
    throw invalid(
      "sla_target",
      `'sla_target' must be a number from 75 to 100 with up to 5 decimals, but is ${target}.`,
    );
  }
}

function invalid(param: string, message: string): NinesError {
  return new NinesError("parameter_invalid", { param, message });
}

function missing(param: string, message: string): NinesError {
  return new NinesError("parameter_missing", { param, message });
}
