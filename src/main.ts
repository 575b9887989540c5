// The command line.
import "./env.ts";
import { Command, CommanderError } from "commander";
import { backupCommand } from "./cli/backup.ts";
import { checkCommand } from "./cli/check.ts";
import { demoCommand } from "./cli/demo.ts";
import { importCommand } from "./cli/import.ts";
import { reportCommand } from "./cli/report.ts";
import { serveCommand } from "./cli/serve.ts";
import { tokenCommand } from "./cli/token.ts";
import { verifyCommand } from "./cli/verify.ts";
import { NinesError } from "./model/errors.ts";
import { SetupError } from "./model/setupError.ts";
import { TZDATA_VERSION } from "./sla/zone.ts";
import { VERSION } from "./version.ts";

/** Exit codes: 0 done, 1 it could not be done or a check failed, 2 the command was not understood. */
const FAILED = 1;
const MISUSED = 2;

const program = new Command("nines")
  .description("Self-hosted SLA reporting: outage records in, trustworthy uptime reports out.")
  .version(`nines ${VERSION} (time zones: tzdata ${TZDATA_VERSION})`, "--version")
  .showHelpAfterError("Try 'nines --help'.")
  .exitOverride();

for (const command of [
  serveCommand(),
  demoCommand(),
  importCommand(),
  reportCommand(),
  tokenCommand(),
  verifyCommand(),
  backupCommand(),
  checkCommand(),
]) {
  program.addCommand(command.exitOverride());
}

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  const expected = error instanceof SetupError || error instanceof NinesError;
  process.stderr.write(`nines: ${error instanceof Error ? error.message : String(error)}\n`);
  if (!expected && process.env["NINES_DEBUG"] && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return FAILED;
}
