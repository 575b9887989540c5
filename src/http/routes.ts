// Every route of the API, one line a resource.

import { artefactRoutes } from "./artefacts.ts";
import { businessHoursRoutes } from "./businessHours.ts";
import type { Authenticator } from "./caller/auth.ts";
import { causePatternRoutes } from "./causePatterns.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { docRoutes } from "./docs.ts";
import { eventRoutes } from "./events.ts";
import { faultRoutes } from "./faults.ts";
import { faultTransferRoutes } from "./faultTransfer.ts";
import { healthRoutes } from "./health.ts";
import type { Route } from "./kernel/route.ts";
import type { Services } from "./kernel/services.ts";
import { maintenanceWindowRoutes } from "./maintenanceWindows.ts";
import type { Metrics } from "./metrics.ts";
import { notificationGroupRoutes } from "./notificationGroups.ts";
import { previewRoutes } from "./preview.ts";
import { reportRoutes } from "./reports.ts";
import { runRoutes } from "./runs.ts";
import { scheduleRoutes } from "./schedules.ts";
import { settingsRoutes } from "./settings.ts";
import { siteRoutes } from "./sites.ts";
import { tagRoutes } from "./tags.ts";
import { uptimeRoutes } from "./uptime.ts";

/** Every route of the API. The order matters only where a word and an id share a place. */
export function routesOf(services: Services, authenticate: Authenticator, metrics: Metrics): Route[] {
  const routes: Route[] = [
    ...previewRoutes(services),
    ...scheduleRoutes(services),
    ...runRoutes(services),
    ...reportRoutes(services),
    ...deliveryRoutes(services),
    ...artefactRoutes(services, authenticate),
    ...eventRoutes(services),
    ...uptimeRoutes(services),
    ...faultTransferRoutes(services),
    ...faultRoutes(services),
    ...siteRoutes(services),
    ...tagRoutes(services),
    ...businessHoursRoutes(services),
    ...maintenanceWindowRoutes(services),
    ...causePatternRoutes(services),
    ...notificationGroupRoutes(services),
    ...settingsRoutes(services),
    ...healthRoutes(services, metrics),
  ];
  routes.push(...docRoutes(services, () => routes));
  return routes;
}
