// Every route of the API, one line a resource.

import { artefactRoutes } from "./http/artefacts.ts";
import type { Authenticator } from "./http/auth.ts";
import { businessHoursRoutes } from "./http/businessHours.ts";
import { causePatternRoutes } from "./http/causePatterns.ts";
import { deliveryRoutes } from "./http/deliveries.ts";
import { docRoutes } from "./http/docs.ts";
import { eventRoutes } from "./http/events.ts";
import { faultRoutes } from "./http/faults.ts";
import { faultTransferRoutes } from "./http/faultTransfer.ts";
import { healthRoutes } from "./http/health.ts";
import { maintenanceWindowRoutes } from "./http/maintenanceWindows.ts";
import type { Metrics } from "./http/metrics.ts";
import { notificationGroupRoutes } from "./http/notificationGroups.ts";
import { previewRoutes } from "./http/preview.ts";
import { reportRoutes } from "./http/reports.ts";
import type { Route } from "./http/route.ts";
import { runRoutes } from "./http/runs.ts";
import { scheduleRoutes } from "./http/schedules.ts";
import type { Services } from "./http/services.ts";
import { settingsRoutes } from "./http/settings.ts";
import { siteRoutes } from "./http/sites.ts";
import { tagRoutes } from "./http/tags.ts";
import { uptimeRoutes } from "./http/uptime.ts";

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
