// What a report's file is called when it is saved.
import type { Report } from "../model/report.ts";

/** File systems take 255 bytes, and downloads that are there already get a number. */
const MOST_BYTES = 180;

/**
 * A file name that every system takes, made of the schedule's name and the period: without what parts folders,
 * ends a header, hides the file or shows its letters in another order.
 */
export function fileNameOf(
  report: Pick<Report, "schedule_name" | "from_date" | "to_date">,
  extension: string,
): string {
  const safe = report.schedule_name
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu, "_")
    .replace(/^[.\s]+/, "");
  return `${shortened(safe)} ${report.from_date} to ${report.to_date}.${extension}`.trim();
}

function shortened(text: string): string {
  let bytes = 0;
  let end = 0;
  for (const letter of text) {
    bytes += Buffer.byteLength(letter);
    if (bytes > MOST_BYTES) break;
    end += letter.length;
  }
  return text.slice(0, end);
}
