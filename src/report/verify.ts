// Recomputes every figure of a report document from what else is in it, and says what differs.
import { Value } from "@sinclair/typebox/value";
import type { SourceFault } from "../model/fault.ts";
import { parseInstant } from "../model/formats.ts";
import { repeatedName } from "../model/repeatedName.ts";
import { messageOf } from "../model/thrown.ts";
import { isZone, TZDATA_VERSION } from "../sla/zone.ts";
import { buildBySite } from "./build.ts";
import { digestOf } from "./digest.ts";
import { type DocumentFault, type DocumentSite, ReportDocument } from "./document.ts";
import type { ReportSource } from "./source.ts";

export type Difference = { path: string; stated: unknown; recomputed: unknown };
export type Verification =
  | { verdict: "unreadable"; reason: string }
  | { verdict: "verified" | "differs"; differences: Difference[]; tzdata: { stated: string; used: string } };

/** The most differences that are listed. */
const MAX_DIFFERENCES = 100;

/**
 * Checks the text of a report.json. One in which a name stands twice is not read: another reader may take the other
 * value. Never throws on what a file may hold.
 */
export function verifyText(text: string): Verification {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { verdict: "unreadable", reason: `not JSON: ${messageOf(error)}` };
  }
  const name = repeatedName(text);
  if (name === null) return verifyDocument(value);
  const reason = `the name ${JSON.stringify(name)} stands twice in one object, and readers may differ about which counts`;
  return { verdict: "unreadable", reason };
}

/** Checks a parsed report.json. Never throws on what a file may hold. */
export function verifyDocument(value: unknown): Verification {
  const error = Value.Errors(ReportDocument, value).First();
  if (error)
    return {
      verdict: "unreadable",
      reason: `not a report document: ${error.path || "the whole"}: ${error.message}`,
    };
  const document = value as ReportDocument;
  if (!isZone(document.period.timezone)) {
    return {
      verdict: "unreadable",
      reason: `this Nines does not know the time zone '${document.period.timezone}'`,
    };
  }
  const { sites, digest, ...stated } = document;
  // Each site is compared when it is recomputed: a second document would take as much memory as the first.
  const inSites: Difference[] = [];
  let at = 0;
  let recomputed: ReturnType<typeof buildBySite>;
  try {
    recomputed = buildBySite(sourceOf(document), (site) => {
      compare(sites[at], site, `sites[${at}]`, inSites);
      at++;
    });
  } catch (thrown) {
    return { verdict: "unreadable", reason: messageOf(thrown) };
  }
  const differences: Difference[] = [];
  compare(stated, { ...recomputed, generator: document.generator }, "", differences);
  differences.push(...inSites.slice(0, MAX_DIFFERENCES - differences.length));
  // The digest is of what the document says, so that it tells of every change, also where nothing follows from it.
  compare(digest, digestOf(document), "digest", differences);
  return {
    verdict: differences.length === 0 ? "verified" : "differs",
    differences,
    tzdata: { stated: document.generator.tzdata, used: TZDATA_VERSION },
  };
}

/** What the document was built from, out of the document itself. */
function sourceOf(document: ReportDocument): ReportSource {
  const { report, period, settings } = document;
  const faults = new Map(document.sites.map((site) => [site.site_id, site.faults]));
  return {
    version: document.generator.version,
    report: { id: report.id, scheduleId: report.schedule_id, trigger: report.trigger },
    settings,
    businessHours: document.business_hours,
    fromDate: period.from_date,
    toDate: period.to_date,
    computedAtMs: instant(report.computed_at),
    sites: document.sites.map((site) => ({
      id: site.site_id,
      name: site.name,
      externalId: site.external_id,
      address: site.address,
      tags: site.tags,
      monitoredSinceMs: site.monitored_since === null ? null : instant(site.monitored_since),
      links: linksOf(site),
    })),
    faultsOf: (site) => (faults.get(site.id) ?? []).map(sourceFault),
    causePatterns: document.cause_patterns,
    maintenanceWindows: document.maintenance_windows,
    previous: document.trend?.previous ?? null,
    history: document.history,
  };
}

function linksOf(site: DocumentSite) {
  return site.wan_links.map(({ id, name, isp }) => ({ id, name, isp }));
}

function sourceFault(fault: DocumentFault): SourceFault {
  return {
    id: fault.id,
    externalId: fault.external_id,
    linkId: fault.resource_id,
    type: fault.type,
    severity: fault.severity,
    cause: fault.cause,
    message: fault.message,
    startedAtMs: instant(fault.started_at),
    resolvedAtMs: fault.resolved_at === null ? null : instant(fault.resolved_at),
    comments: fault.comments.map(({ author, text, created_at }) => ({
      author,
      text,
      createdAtMs: instant(created_at),
    })),
  };
}

function instant(text: string): number {
  const ms = parseInstant(text);
  if (ms === null) throw new Error(`'${text}' is not a time`);
  return ms;
}

function compare(stated: unknown, recomputed: unknown, path: string, differences: Difference[]): void {
  if (differences.length >= MAX_DIFFERENCES || Object.is(stated, recomputed)) return;
  if (isObject(stated) && isObject(recomputed) && Array.isArray(stated) === Array.isArray(recomputed)) {
    for (const key of new Set([...Object.keys(stated), ...Object.keys(recomputed)])) {
      const next = Array.isArray(stated) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      compare(stated[key], recomputed[key], next, differences);
    }
    return;
  }
  differences.push({ path, stated, recomputed });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
