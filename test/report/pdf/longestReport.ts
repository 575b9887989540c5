// A report document in which every text is as long as the schemas allow, mostly without a space to break at,
// and every length of time as wide as one can be printed. Its figures do not fit together.
import type { ReportDocument } from "../../../src/report/document.ts";
import { isLong } from "../../support/chance.ts";
import { sampleDocument } from "../sampleDocument.ts";

const WIDEST_SECONDS = 27 * 86_400 + 86_399.999;

const letters = (count: number, letter = "W") => letter.repeat(count);

export function longestReport(): ReportDocument {
  const document = sampleDocument({
    sites: isLong ? 4 : 2,
    breached: "all",
    incidentsPerSite: 3,
    groups: true,
    ignored: true,
    wanLinks: 2,
    businessHours: true,
    maintenance: true,
    partial: true,
    comments: "short",
    scheduleName: letters(100),
  });
  const lengths = {
    downtime_seconds: WIDEST_SECONDS,
    longest_seconds: WIDEST_SECONDS,
    mttr_seconds: WIDEST_SECONDS,
    mtbf_seconds: WIDEST_SECONDS,
    service_seconds: 10 * WIDEST_SECONDS,
    error_budget: {
      allowed_seconds: WIDEST_SECONDS,
      used_seconds: WIDEST_SECONDS,
      left_seconds: -WIDEST_SECONDS,
    },
  };
  Object.assign(document.summary, lengths, { incident_count: 1_234_567 });
  document.summary.downtime_by_cause = {
    power: WIDEST_SECONDS,
    network: WIDEST_SECONDS,
    device: 0,
    other: 0,
  };
  for (const [index, site] of document.sites.entries()) {
    Object.assign(site, lengths, {
      name: letters(200, "WЖ@M"[index]),
      external_id: letters(200),
      address: letters(500),
      tags: Object.fromEntries(
        Array.from({ length: 50 }, (_, key) => [`${key}${letters(90)}`, letters(200)]),
      ),
    });
    for (const incident of site.incidents) {
      incident.cause = letters(500);
      incident.service_seconds = incident.outside_seconds = WIDEST_SECONDS;
    }
    for (const link of site.wan_links)
      Object.assign(link, lengths, { name: letters(200), isp: letters(200) });
    for (const fault of site.faults) {
      fault.cause = letters(500);
      for (const comment of fault.comments) comment.author = letters(200);
    }
  }
  for (const section of document.groups) {
    section.key = letters(100);
    for (const group of section.groups) group.value = letters(200);
  }
  const rule = { key: letters(100), value: letters(200) };
  for (const window of document.maintenance_windows) {
    Object.assign(window, { name: letters(200), site_ids: null, tags: Array(50).fill(rule) });
  }
  Object.assign(document.settings, {
    site_selection_mode: "tags",
    site_selection_rules: Array(50).fill(rule),
  });
  document.cause_patterns.push({ category: "power", pattern: `${letters(3000)}|${letters(50, "i|")}` });
  const holiday = { date: "2026-02-16", name: letters(100) };
  Object.assign(document.business_hours ?? {}, {
    name: letters(100),
    holidays: Array(isLong ? 1000 : 200).fill(holiday),
  });
  return document;
}
