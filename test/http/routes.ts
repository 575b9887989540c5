// All routes as data, as the app mounts them, for tests that walk over every one. Their handlers are not called.

import type { Mounted } from "../../src/http/kernel/mounted.ts";
import { mountedOperations } from "./openapi/quietServer.ts";
import type { Things } from "./world.ts";

export const ROUTES: Mounted[] = mountedOperations();

/** Which of a workspace's things a route with an id is about. */
const THING_OF: readonly [path: string, thing: keyof Things][] = [
  ["/reports/sla/schedules/", "schedule"],
  ["/reports/sla/reports/", "queuedReport"],
  ["/fault/", "openFault"],
  ["/sites/", "site"],
  ["/business-hours/", "unusedHours"],
  ["/maintenance-windows/", "window"],
  ["/notification-groups/", "group"],
];

/** The path of a route with the id of one of these things; throws for a route that no thing is known for. */
export function pathWith(route: Mounted, things: Things): string {
  if (!route.path.includes("{")) return route.path;
  const found = THING_OF.find(([path]) => route.path.startsWith(path));
  if (!found) throw new Error(`no thing is known for ${route.path}`);
  return route.path.replace(/\{\w+\}/, things[found[1]]);
}

/** A body that a route takes, so that nothing but the id or the scope can be at fault. */
export function goodBody(route: Mounted): unknown {
  if (!route.body) return undefined;
  return (
    {
      createSlaSchedule: { name: "a", sla_target: 99, daily: true },
      previewSlaSchedule: { name: "a", sla_target: 99, daily: true },
      replaceSlaSchedule: { name: "a", sla_target: 99, daily: true },
      runSlaReportOnDemand: { from_date: "2026-01-01", to_date: "2026-01-31" },
      createSite: { name: "a" },
      commentFault: { text: "a" },
      createBusinessHours: {
        name: "a",
        timezone: "UTC",
        days: { monday: [{ start: "08:00", end: "09:00" }] },
      },
      replaceBusinessHours: {
        name: "a",
        timezone: "UTC",
        days: { monday: [{ start: "08:00", end: "09:00" }] },
      },
      createNotificationGroup: { name: "a", emails: ["a@example.com"] },
      replaceNotificationGroup: { name: "a", emails: ["a@example.com"] },
      createMaintenanceWindow: {
        name: "a",
        starts_at: "2026-02-01T00:00:00Z",
        ends_at: "2026-02-02T00:00:00Z",
      },
    }[route.operationId] ?? {}
  );
}
