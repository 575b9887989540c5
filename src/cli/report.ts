// nines report
import { mkdirSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { Command, Option } from "commander";
import { ARTEFACTS, type Artefact } from "../model/report.ts";
import { checkRunRange } from "../model/runRules.ts";
import { SetupError } from "../model/setupError.ts";
import { loadFonts } from "../render/fonts.ts";
import { spareTheLastTier } from "../render/lastTier.ts";
import { type DocumentOrder, withSource } from "../render/makeReport.ts";
import { type FromSource, writeReport } from "../render/writeReport.ts";
import { readBrand } from "../server/brand.ts";
import { displayPercentage } from "../sla/percentage.ts";
import { discardFiles, type ReportFiles, startFiles } from "../store/files/artefacts.ts";
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
      const order: DocumentOrder = {
        reportId: null,
        workspace: flags.workspace,
        scheduleId: flags.schedule,
        snapshot,
        trigger: "on_demand",
        fromDate: flags.from,
        toDate: flags.to,
      };
      if (artefact === "pdf") spareTheLastTier();
      const brand = readBrand(config);
      const pdf = artefact === "pdf" ? { pageSize: config.pageSize, brand, fonts: await loadFonts() } : null;
      const out = resolve(flags.out);
      mkdirSync(dirname(out), { recursive: true });
      const fromSource: FromSource = (use) => withSource({ db, version: VERSION, now: Date.now }, order, use);
      const made = await writeInto(out, artefact, (files) => writeReport(fromSource, files, pdf, () => {}));
      db.close();
      const counts = { site_count: made.siteCount, breached_count: made.breachedCount };
      if (flags.json) printJson({ file: out, uptime_percentage: made.uptimePercentage, ...counts });
      else {
        const { site_count, breached_count } = counts;
        printLines([
          `${out}: ${uptimeText(made.headline)}, ${breached_count} of ${site_count} sites breached`,
        ]);
      }
    });
}

/** Makes the files of a report beside `out`, and puts the wanted one there. */
async function writeInto<T>(
  out: string,
  artefact: Artefact,
  write: (files: ReportFiles) => Promise<T>,
): Promise<T> {
  const files = startFiles((name) => (name === artefact ? out : `${out}.${name}`), 0o644);
  try {
    const made = await write(files);
    files[artefact].sync();
    files[artefact].publish();
    return made;
  } finally {
    discardFiles(files);
  }
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
