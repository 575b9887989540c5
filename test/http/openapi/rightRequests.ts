// For any operation a request that is right, but that its ids name nothing.
import type { Mounted } from "../../../src/http/kernel/mounted.ts";
import * as session from "./session.ts";
import { samplesOf } from "./variations.ts";

const PREFIXES: Record<string, string> = {
  "/reports/sla/schedules": "sla",
  "/reports/sla/reports": "rpt",
  "/fault": "flt",
  "/sites": "site",
  "/business-hours": "bh",
  "/maintenance-windows": "mw",
  "/notification-groups": "ng",
};

/** A path with ids that name nothing in the places of its parameters. */
export function pathOf(route: Mounted): string {
  const [, prefix = "unknown"] =
    Object.entries(PREFIXES).find(([start]) => route.path.startsWith(`${start}/{`)) ?? [];
  return route.path.replace("{linkId}", session.unknown("lnk")).replace(/\{\w+\}/, session.unknown(prefix));
}

/** A query that has all it must have. */
export function queryOf(route: Mounted): string {
  const required = (route.query?.["required"] as string[] | undefined) ?? [];
  return required.map((name) => `${name}=2026-01-0${required.indexOf(name) + 1}`).join("&");
}

/** A body that it takes, with its content type. */
export function bodyOf(route: Mounted): RequestInit {
  if (route.streams)
    return { body: Object.values(route.streams)[0] ?? "", headers: { "Content-Type": "text/csv" } };
  if (!route.body) return {};
  const [whole] = samplesOf(route.body);
  return { body: JSON.stringify(whole), headers: { "Content-Type": "application/json" } };
}
