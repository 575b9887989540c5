// nines token
import { Command } from "commander";
import { signToken } from "../http/caller/auth.ts";
import { SCOPES } from "../http/caller/principal.ts";
import { SetupError } from "../model/setupError.ts";
import { tokenSecret } from "../store/files/dataFolder.ts";
import { configOf, dataOption, jsonOption, prepareDataFolder, workspaceOption } from "./options.ts";
import { printJson, printLines } from "./print.ts";

const UNIT_S: Record<string, number> = { m: 60, h: 3600, d: 86_400, y: 365 * 86_400 };
const LONGEST_S = 100 * 365 * 86_400;

type TokenFlags = {
  data?: string;
  workspace: string;
  scope: string;
  expires: string;
  subject: string;
  json?: boolean;
};

/** Prints a token signed with the data folder's secret. */
export function tokenCommand(): Command {
  return new Command("token")
    .description("print an API token")
    .addOption(dataOption())
    .addOption(workspaceOption())
    .option("--scope <scopes>", `scopes with spaces between (${SCOPES.join(", ")})`, "admin")
    .option("--expires <time>", "how long it works: 12h, 30d, 1y", "30d")
    .option("--subject <name>", "who uses it; named in comments", "cli")
    .addOption(jsonOption())
    .action(async (flags: TokenFlags) => {
      const scopes = scopesOf(flags.scope);
      const expiresAtS = Math.floor(Date.now() / 1000) + secondsOf(flags.expires);
      const config = configOf(flags);
      prepareDataFolder(config);
      const secret = tokenSecret(config.dataFolder, config.jwtSecret);
      const token = await signToken(secret, {
        subject: flags.subject,
        workspace: flags.workspace,
        scopes,
        expiresAtS,
      });
      const expiresAt = new Date(expiresAtS * 1000).toISOString();
      if (flags.json) printJson({ token, expires_at: expiresAt });
      else printLines([token]);
    });
}

function scopesOf(text: string): string[] {
  const scopes = text.split(/[\s,]+/).filter(Boolean);
  const unknown = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown === undefined && scopes.length > 0) return scopes;
  throw new SetupError(`--scope must be made of ${SCOPES.join(", ")}, but is '${text}'`);
}

function secondsOf(text: string): number {
  const [, amount, unit = ""] = /^(\d{1,5})([mhdy])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNIT_S[unit] ?? 0);
  if (seconds > 0 && seconds <= LONGEST_S) return seconds;
  throw new SetupError(`--expires must be a time such as 12h, 30d or 1y, at most 100y, but is '${text}'`);
}
