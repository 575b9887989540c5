// nines verify
import { Command } from "commander";
import { SetupError } from "../model/setupError.ts";
import { type Verification, verifyText } from "../report/verify.ts";
import { jsonOption } from "./options.ts";
import { printJson, printLines } from "./print.ts";

/** Recomputes a report.json from itself; exits 1 when a figure differs. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("recompute every figure of a report.json from the file alone")
    .argument("<file>", "the JSON of a report")
    .addOption(jsonOption())
    .action(async (file: string, flags: { json?: boolean }) => {
      const result = verifyText(await readTextFile(file));
      if (flags.json) printJson(result);
      else printLines(linesOf(file, result));
      if (result.verdict !== "verified") process.exitCode = 1;
    });
}

async function readTextFile(file: string): Promise<string> {
  try {
    return await Bun.file(file).text();
  } catch {
    throw new SetupError(`${file} cannot be read`);
  }
}

function linesOf(file: string, result: Verification): string[] {
  if (result.verdict === "unreadable") return [`${file}: cannot be verified: ${result.reason}`];
  const { stated, used } = result.tzdata;
  const zones =
    stated === used
      ? []
      : [`(made with tzdata ${stated}, checked with ${used}: days may differ where zones changed)`];
  if (result.verdict === "verified")
    return [
      `${file}: verified, every figure follows from the records in it, and nothing was changed`,
      ...zones,
    ];
  const lines = result.differences.map(({ path, stated: was, recomputed }) =>
    path === "digest"
      ? `  digest: is of another document: something in this file was changed after it was made`
      : `  ${path}: says ${JSON.stringify(was)}, recomputed ${JSON.stringify(recomputed)}`,
  );
  return [`${file}: DIFFERS in ${lines.length} places`, ...zones, ...lines];
}
