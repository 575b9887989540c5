// The command line.
import "./env.ts";
import { Command, CommanderError } from "commander";
import { printLines } from "./cli/print.ts";
import { NinesError } from "./model/errors.ts";
import { SetupError } from "./model/setupError.ts";
import { messageOf } from "./model/thrown.ts";
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

// Loaded when asked for: a server holds no drawing of PDFs, no progress bars and no archives in memory.
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import("./cli/serve.ts")).serveCommand(),
  demo: async () => (await import("./cli/demo.ts")).demoCommand(),
  import: async () => (await import("./cli/import.ts")).importCommand(),
  report: async () => (await import("./cli/report.ts")).reportCommand(),
  token: async () => (await import("./cli/token.ts")).tokenCommand(),
  verify: async () => (await import("./cli/verify.ts")).verifyCommand(),
  backup: async () => (await import("./cli/backup.ts")).backupCommand(),
  check: async () => (await import("./cli/check.ts")).checkCommand(),
  clock: async () => (await import("./cli/clock.ts")).clockCommand(),
};
for (const command of await Promise.all(neededFor(process.argv[2] ?? "").map((load) => load())))
  program.addCommand(command.exitOverride());

try {
  await program.parseAsync(process.argv);
} catch (error) {
  // Not only the code: what a command began to wait for must not keep the process.
  process.exit(exitCodeOf(error));
}

/** The help, and the answer to a command that is none, name all commands; the version needs none. */
function neededFor(asked: string): (() => Promise<Command>)[] {
  if (asked === "--version") return [];
  const command = Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  return command === undefined ? Object.values(commands) : [command];
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
  const expected = error instanceof SetupError || error instanceof NinesError;
  printLines([`nines: ${messageOf(error)}`], process.stderr);
  if (!expected && process.env["NINES_DEBUG"] && error instanceof Error)
    printLines((error.stack ?? "").split("\n"), process.stderr);
  return FAILED;
}
