// All stores of one database together.
import type { Database } from "bun:sqlite";
import type { NewId } from "../model/ids.ts";
import { businessHoursStore } from "./businessHours.ts";
import { causePatternStore } from "./causePatterns.ts";
import { clockStore } from "./clock.ts";
import { bound, type StoreContext } from "./database/context.ts";
import { groupCommit } from "./database/groupCommit.ts";
import { databaseBytes, touchDatabase } from "./database/integrity.ts";
import { writeLockOf } from "./database/writeLock.ts";
import { deliveryStore } from "./deliveries.ts";
import { faultStore } from "./faults.ts";
import { jobStore } from "./jobs.ts";
import { linkStore } from "./links.ts";
import { maintenanceWindowStore } from "./maintenanceWindows.ts";
import { messagesByHandOf } from "./messagesByHand.ts";
import { notificationGroupStore } from "./notificationGroups.ts";
import { reportNews } from "./reportNews.ts";
import { reportStore } from "./reports.ts";
import { retentionStore } from "./retention.ts";
import { runStore } from "./runs.ts";
import { scheduleStore } from "./schedules.ts";
import { schedulingStore } from "./scheduling.ts";
import { selectSites } from "./selectedSites.ts";
import { siteStore } from "./sites.ts";
import { summariseTags } from "./tags.ts";

export type Store = ReturnType<typeof storeOf>;

/** The stores of a database, with time and chance as arguments; `steadyNow` is `now` when left out. */
export function storeOf(db: Database, now: () => number, newId: NewId, steadyNow = now) {
  const context: StoreContext = { db, now, newId, steadyNow, news: reportNews() };
  const byHand = messagesByHandOf(now);
  return {
    context,
    /** Makes a change that a request asks for: it resolves when the change is durable. */
    write: groupCommit(db),
    now,
    writeLock: writeLockOf(db),
    database: bound(db, { touch: touchDatabase, bytes: databaseBytes }),
    sites: siteStore(context),
    selection: bound(context, { sites: selectSites }),
    tags: bound(context, { summarise: summariseTags }),
    faults: faultStore(context),
    businessHours: businessHoursStore(context),
    maintenanceWindows: maintenanceWindowStore(context),
    causePatterns: causePatternStore(context),
    notificationGroups: notificationGroupStore(context),
    schedules: scheduleStore(context),
    scheduling: schedulingStore(context),
    reports: reportStore(context),
    links: linkStore(context),
    retention: retentionStore(context),
    runs: runStore(context, byHand),
    deliveries: deliveryStore(context, byHand),
    jobs: jobStore(context),
    wallClock: clockStore(context),
  };
}
