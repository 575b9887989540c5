// What a long test counted: printed where it ran, and again at the end of all (tools/torture.mjs).
import { appendFileSync } from "node:fs";

/** Says what was counted, under a name; only in the long form. */
export function tell(name: string, figures: Record<string, unknown>): void {
  if (process.env["NINES_TORTURE"] !== "long") return;
  const line = `${name}: ${JSON.stringify(figures)}`;
  console.log(line);
  const file = process.env["NINES_TORTURE_FIGURES"];
  if (file) appendFileSync(file, `${line}\n`);
}
