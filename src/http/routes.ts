// Every resource of the API, one line each.
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
import { mountedOf } from "./kernel/mounted.ts";
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
  return kernel
    .use(previewRoutes)
    .use(scheduleRoutes)
    .use(runRoutes)
    .use(reportRoutes)
    .use(linkRoutes)
    .use(deliveryRoutes)
    .use(artefactRoutes)
    .use(eventRoutes)
    .use(uptimeRoutes)
    .use(faultTransferRoutes)
    .use(faultRoutes)
    .use(siteRoutes)
    .use(tagRoutes)
    .use(businessHoursRoutes)
    .use(maintenanceWindowRoutes)
    .use(causePatternRoutes)
    .use(notificationGroupRoutes)
    .use(settingsRoutes)
    .use(healthRoutes)
    .use(docRoutes(() => mountedOf(kernel)));
}
