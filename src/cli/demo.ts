// nines demo
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { Command } from "commander";
import { signToken } from "../http/caller/auth.ts";
import { ARTEFACTS, type Report } from "../model/report.ts";
import { SetupError } from "../model/setupError.ts";
import type { ReportDocument } from "../report/document.ts";
import { formatDuration } from "../report/format.ts";
import { startApp } from "../server/app.ts";
import { readConfig } from "../server/config.ts";
import { openLog } from "../server/log.ts";
import { displayPercentage } from "../sla/percentage.ts";
import { tokenSecret } from "../store/files/dataFolder.ts";
import { demoData, lastMonth } from "./demoData.ts";
import { jsonOption } from "./options.ts";
import { printJson, printLines } from "./print.ts";

type DemoFlags = { data?: string; json?: boolean };
type Api = (method: string, path: string, body?: string, contentType?: string) => Promise<Response>;

/** Makes a sample workspace in a fresh folder and takes it through the API to a finished report. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("make a sample workspace and a report of it in a fresh folder")
    .option("--data <folder>", "the folder to make (./nines-demo, or the next number that is free)")
    .addOption(jsonOption())
    .action(async (flags: DemoFlags) => {
      const folder = freshFolder(flags.data);
      const config = readConfig(
        { data: folder, host: "127.0.0.1", port: "0" },
        { ...process.env, NINES_PUBLIC_URL: "" },
      );
      const app = await startApp({ config, log: openLog("silent") });
      try {
        const token = await signToken(tokenSecret(folder, config.jwtSecret), {
          subject: "demo",
          workspace: "demo",
          scopes: ["admin"],
          expiresAtS: Math.floor(Date.now() / 1000) + 3600,
        });
        const say = flags.json ? () => {} : (text: string) => printLines([text]);
        const api = client(app.url, token);
        const report = await makeReport(api, say, !flags.json);
        const files = await download(api, report, folder);
        const document = JSON.parse(await Bun.file(files.json).text()) as ReportDocument;
        if (flags.json) printJson({ folder, report, files });
        else printLines(outcome(document, files, folder));
      } finally {
        await app.stop();
      }
    });
}

function freshFolder(wanted: string | undefined): string {
  if (wanted !== undefined) {
    if (existsSync(resolve(wanted)))
      throw new SetupError(`${resolve(wanted)} exists already; the demo wants a fresh folder`);
    return resolve(wanted);
  }
  for (let number = 1; ; number++) {
    const folder = resolve(number === 1 ? "nines-demo" : `nines-demo-${number}`);
    if (!existsSync(folder)) return folder;
  }
}

/** Calls the API as any client would; a refusal ends the demo with its message. */
function client(url: string, token: string): Api {
  return async (method, path, body, contentType = "application/json") => {
    const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
    if (body !== undefined) headers["Content-Type"] = contentType;
    const response = await fetch(path.startsWith("http") ? path : `${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    if (response.ok) return response;
    const { message } = (await response.json()) as { message: string };
    throw new SetupError(`${method} ${path}: ${message}`);
  };
}

async function makeReport(api: Api, say: (text: string) => void, showBar: boolean): Promise<Report> {
  const { sites, faults, schedule } = demoData(Date.now());
  const lines = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");
  await api("POST", "/sites/import", lines(sites), "application/x-ndjson");
  await api("POST", "/fault/import", lines(faults), "application/x-ndjson");
  say(`${sites.length} sites and ${faults.length} outages recorded.`);
  const { id } = (await (await api("POST", "/reports/sla/schedules", JSON.stringify(schedule))).json()) as {
    id: string;
  };
  const range = lastMonth(Date.now());
  const accepted = await api("POST", `/reports/sla/schedules/${id}/run`, JSON.stringify(range));
  const { message, report_id } = (await accepted.json()) as { message: string; report_id: string };
  say(`${message} (${range.from_date} to ${range.to_date})`);
  return follow(api, report_id, showBar);
}

async function follow(api: Api, id: string, showBar: boolean): Promise<Report> {
  const bar = new SingleBar({ format: "{bar} {percentage}%", hideCursor: true, noTTYOutput: false });
  const shown = showBar && process.stderr.isTTY;
  if (shown) bar.start(1, 0);
  for (;;) {
    const report = (await (await api("GET", `/reports/sla/reports/${id}`)).json()) as Report;
    if (shown) bar.update(report.progress);
    if (report.status === "completed" || report.status === "failed") {
      bar.stop();
      if (report.status === "completed") return report;
      throw new SetupError(`the report failed: ${report.error}`);
    }
    await Bun.sleep(50);
  }
}

async function download(
  api: Api,
  report: Report,
  folder: string,
): Promise<Record<(typeof ARTEFACTS)[number], string>> {
  const files = { pdf: "", json: "", csv: "" };
  for (const artefact of ARTEFACTS) {
    files[artefact] = join(folder, `report.${artefact}`);
    await Bun.write(files[artefact], await api("GET", `/reports/sla/reports/${report.id}/${artefact}`));
  }
  return files;
}

function outcome(document: ReportDocument, files: Record<string, string>, folder: string): string[] {
  const { sites, summary, settings } = document;
  const ms = (seconds: number) => Math.round(seconds * 1000);
  const rows = [...sites]
    .sort((a, b) => (a.uptime_percentage ?? 101) - (b.uptime_percentage ?? 101))
    .map((site) => [
      site.name,
      `${displayPercentage(ms(site.service_seconds), ms(site.downtime_seconds)) ?? "–"} %`,
      formatDuration(ms(site.downtime_seconds)),
      String(site.incidents.length),
      site.breached ? "breached" : "met",
    ]);
  const total = displayPercentage(ms(summary.service_seconds), ms(summary.downtime_seconds));
  return [
    "",
    ...table(["Site", "Availability", "Downtime", "Incidents", `Target ${settings.sla_target} %`], rows),
    "",
    `All sites: ${total} %, ${summary.breached_count} of ${summary.site_count} breached.`,
    `PDF:  ${files["pdf"]}`,
    `JSON: ${files["json"]} (nines verify recomputes it)`,
    `CSV:  ${files["csv"]}`,
    `Go on with: nines serve --data ${folder}`,
  ];
}

function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)];
}
