// What is wrong with a field of an import row, in words: they follow the field's name.
import type { TSchema, TString } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { FORMAT_MEANINGS, parseInstant } from "../model/formats.ts";
import { DAY_MS } from "../sla/lengths.ts";

/** A value as it is shown in a reason: short, and on one line. */
export function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? `'${value.replaceAll(/\s+/g, " ")}'` : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…'` : text;
}

/**
 * Checks a text by its schema, so that an import takes exactly what a request does. The check gives the
 * reason of a refusal, or null. `text` is the schema of the string when `schema` also allows null.
 */
export function textCheck(schema: TSchema, text: TString): (value: unknown) => string | null {
  const check = TypeCompiler.Compile(schema);
  return (value) => (check.Check(value) ? null : textReason(value, text.maxLength));
}

function textReason(value: unknown, maxLength: number | undefined): string {
  if (typeof value !== "string") return `must be text, but is ${shown(value)}`;
  if (maxLength !== undefined && value.length > maxLength) {
    return `has ${value.length} characters; at most ${maxLength} are allowed`;
  }
  if (value.trim() === "") return "is blank; give a text, or leave the field out";
  return `has a control character (${shown(value.replaceAll(/[^\t\n\r -~]/g, "\ufffd"))}); only line breaks and tabs are allowed`;
}

/** Epoch milliseconds of a time with an offset, or the reason why it is none. */
export function instantOrReason(value: unknown): number | string {
  const ms = typeof value === "string" ? quickInstant(value) : null;
  return ms ?? `${shown(value)} is not ${FORMAT_MEANINGS["date-time"]}`;
}

const REMEMBERED_DAYS = 1_000;
const daysByDate = new Map<string, number>();

/**
 * parseInstant for the form that nearly every file has, 2026-02-01T08:00:00Z, in a tenth of the time:
 * the date is looked up among those met before, the rest is six digits. Any other form goes to parseInstant.
 */
function quickInstant(text: string): number | null {
  if (text.length !== 20 || text.charCodeAt(10) !== 0x54 || text.charCodeAt(19) !== 0x5a)
    return parseInstant(text);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const isClock =
    hour < 24 && minute < 60 && second < 60 && text.charCodeAt(13) === 0x3a && text.charCodeAt(16) === 0x3a;
  if (!isClock) return parseInstant(text);
  const dayMs = midnightOf(text.slice(0, 10));
  return dayMs === null ? null : dayMs + (hour * 3600 + minute * 60 + second) * 1000;
}

/** The number that two digits make; NaN when they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function midnightOf(date: string): number | null {
  const known = daysByDate.get(date);
  if (known !== undefined) return known;
  const midnight = parseInstant(`${date}T00:00:00Z`);
  if (midnight === null || midnight % DAY_MS !== 0) return null;
  if (daysByDate.size >= REMEMBERED_DAYS) daysByDate.clear();
  daysByDate.set(date, midnight);
  return midnight;
}
