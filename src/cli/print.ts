// The only place where commands write. What they print comes from files, answers and arguments: none of it may steer
// a terminal, or make a line that looks like one of ours.
import { visible } from "../model/visible.ts";

/** Prints lines, to standard output unless told; a line break within one is shown, not made. */
export function printLines(lines: readonly string[], stream: NodeJS.WriteStream = process.stdout): void {
  stream.write(lines.map((line) => `${visible(line)}\n`).join(""));
}

/** Prints a value as one line of JSON. */
export function printJson(value: unknown): void {
  printLines([JSON.stringify(value)]);
}
