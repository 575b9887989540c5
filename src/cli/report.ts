// nines report
import { mkdirSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { Command, Option } from "commander";
import { ARTEFACTS, type Artefact } from "../model/report.ts";
import { checkRunRange } from "../model/runRules.ts";
import { SetupError } from "../model/setupError.ts";
import { loadFonts } from "../render/fonts.ts";
import { spareTheLastTier } from "../render/lastTier.ts";
import { computeDocument, renderArtefacts } from "../render/makeReport.ts";
import { readBrand } from "../server/brand.ts";
import { displayPercentage } from "../sla/percentage.ts";
import { writeSynced } from "../store/files/beside.ts";
import { storeOf } from "../store/store.ts";
import { VERSION } from "../version.ts";
import { configOf, dataOption, inFlags, jsonOption, openExisting, workspaceOption } from "./options.ts";
import { printJson, printLines } from "./print.ts";

type ReportFlags = {
  data?: string;
  workspace: string;
  schedule: string;
  from: string;
  to: string;
  out: string;
  json?: boolean;
};

/** Makes a report's file straight from the data folder; it does not appear in the list of reports. */
export function reportCommand(): Command {
  return new Command("report")
    .description("make a report file without a server")
    .addOption(dataOption())
    .addOption(workspaceOption())
    .addOption(new Option("--schedule <id>", "the schedule").makeOptionMandatory())
    .addOption(new Option("--from <date>", "first day, YYYY-MM-DD").makeOptionMandatory())
    .addOption(new Option("--to <date>", "last day (inclusive), YYYY-MM-DD").makeOptionMandatory())
    .addOption(new Option("--out <file>", "a .pdf, .json or .csv file").makeOptionMandatory())
    .addOption(jsonOption())
    .action(async (flags: ReportFlags) => {
      const artefact = artefactOf(flags.out);
      const config = configOf(flags);
      const db = openExisting(config);
      const store = storeOf(db, Date.now, () => {
        throw new Error("nothing is made when a report is read");
      });
      const snapshot = store.schedules.snapshot(flags.workspace, flags.schedule);
      if (!snapshot) {
        throw new SetupError(
          `there is no schedule '${flags.schedule}' in the workspace '${flags.workspace}'`,
        );
      }
      const range = { from_date: flags.from, to_date: flags.to };
      inFlags({ from_date: "--from", to_date: "--to" }, () =>
        checkRunRange(range, snapshot.settings.timezone, Date.now()),
      );
      const document = computeDocument(
        { db, version: VERSION, now: Date.now },
        {
          reportId: null,
          workspace: flags.workspace,
          scheduleId: flags.schedule,
          snapshot,
          trigger: "on_demand",
          fromDate: flags.from,
          toDate: flags.to,
        },
      );
      spareTheLastTier();
      const pdf = { pageSize: config.pageSize, brand: readBrand(config), fonts: await loadFonts() };
      const files = await renderArtefacts(document, pdf, () => {});
      const out = resolve(flags.out);
      mkdirSync(dirname(out), { recursive: true });
      writeSynced(out, files[artefact], 0o644);
      db.close();
      const { summary } = document;
      const { uptime_percentage, site_count, breached_count } = summary;
      if (flags.json) printJson({ file: out, uptime_percentage, site_count, breached_count });
      else printLines([`${out}: ${uptimeText(summary)}, ${breached_count} of ${site_count} sites breached`]);
    });
}

function uptimeText(summary: { service_seconds: number; downtime_seconds: number }): string {
  const shown = displayPercentage(
    Math.round(summary.service_seconds * 1000),
    Math.round(summary.downtime_seconds * 1000),
  );
  return shown === null ? "no service time" : `${shown} %`;
}

function artefactOf(file: string): Artefact {
  const artefact = ARTEFACTS.find((candidate) => extname(file).toLowerCase() === `.${candidate}`);
  if (artefact) return artefact;
  throw new SetupError(`--out must end in .pdf, .json or .csv, but is '${file}'`);
}
