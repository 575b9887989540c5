// The product's own path from the database to the uptime of all sites, as GET /uptime takes it.
import type { Database } from "bun:sqlite";
import { instantUptime } from "../src/report/instantUptime.ts";
import { DEFAULT_CAUSE_PATTERNS } from "../src/sla/causes.ts";
import { inTransaction } from "../src/store/database/context.ts";
import { readFaultSpans } from "../src/store/faultSpans.ts";
import { selectSites } from "../src/store/selectedSites.ts";
import { type Month, WORKSPACE } from "./sampleData.ts";

/** Selects the sites, reads their faults, computes. */
export function ninesUptime(db: Database, window: Month) {
  return inTransaction(db, () =>
    instantUptime(
      {
        timezone: "UTC",
        window,
        hours: null,
        ignorePower: false,
        maintenanceCountsAs: "excluded",
        grouping: null,
      },
      {
        sites: selectSites({ db }, WORKSPACE, { mode: "all" }),
        maintenanceWindows: [],
        causePatterns: DEFAULT_CAUSE_PATTERNS,
        faultsOf: (sites, withoutCauses) => readFaultSpans({ db }, window, sites, withoutCauses),
        causes: new Map(),
      },
      () => {},
    ),
  );
}
