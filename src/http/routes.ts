// Every resource of the API, one line each.
import { Elysia } from "elysia";
import { artefactRoutes } from "./artefacts.ts";
import { businessHoursRoutes } from "./businessHours.ts";
import { causePatternRoutes } from "./causePatterns.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { docRoutes } from "./docs.ts";
import { eventRoutes } from "./events.ts";
import { faultRoutes } from "./faults.ts";
import { faultTransferRoutes } from "./faultTransfer.ts";
import { healthRoutes } from "./health.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { type Mounted, mountedOf } from "./kernel/mounted.ts";
import { linkRoutes } from "./links.ts";
import { maintenanceWindowRoutes } from "./maintenanceWindows.ts";
import { notificationGroupRoutes } from "./notificationGroups.ts";
import { previewRoutes } from "./preview.ts";
import { reportRoutes } from "./reports.ts";
import { runRoutes } from "./runs.ts";
import { scheduleRoutes } from "./schedules.ts";
import { settingsRoutes } from "./settings.ts";
import { siteRoutes } from "./sites.ts";
import { tagRoutes } from "./tags.ts";
import { uptimeRoutes } from "./uptime.ts";

/** The types of all operations, for clients in TypeScript: what each takes, and what it answers by status. */
export type Api = ReturnType<typeof apiOf>["~Routes"];

/** All operations of the API, on this kernel. */
export function apiOf(kernel: Kernel) {
  const documented = (): Mounted[] => mountedOf(api);
  const api = new Elysia({ name: "api", normalize: false })
    .use(previewRoutes(kernel))
    .use(scheduleRoutes(kernel))
    .use(runRoutes(kernel))
    .use(reportRoutes(kernel))
    .use(linkRoutes(kernel))
    .use(deliveryRoutes(kernel))
    .use(artefactRoutes(kernel))
    .use(eventRoutes(kernel))
    .use(uptimeRoutes(kernel))
    .use(faultTransferRoutes(kernel))
    .use(faultRoutes(kernel))
    .use(siteRoutes(kernel))
    .use(tagRoutes(kernel))
    .use(businessHoursRoutes(kernel))
    .use(maintenanceWindowRoutes(kernel))
    .use(causePatternRoutes(kernel))
    .use(notificationGroupRoutes(kernel))
    .use(settingsRoutes(kernel))
    .use(healthRoutes(kernel))
    .use(docRoutes(kernel, documented));
  return api;
}
