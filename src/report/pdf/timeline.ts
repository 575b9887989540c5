// The strip that shows when a site was down: the period from left to right, red where it was down in
// service time, blank where it was not in service.
import { openIntervals } from "../../sla/businessHours.ts";
import { type Intervals, intersect, type Span, subtract, unionOf } from "../../sla/intervals.ts";
import { serviceTime } from "../../sla/uptime.ts";
import type { DocumentHead } from "../document.ts";
import { maintenanceIn } from "../maintenance.ts";
import type { SiteLine } from "../siteIndex.ts";
import type { Box } from "./press/canvas.ts";
import type { Paper } from "./press/paper.ts";
import { COLORS, type Color, LINES } from "./press/theme.ts";

export type Timeline = {
  /** Draws the strip of a site into a box. */
  draw(paper: Paper, site: SiteLine, box: { x: number; y: number; width: number; height: number }): void;
};

/** The shortest outage can be seen, and two that are closer than this look like one. */
const NARROWEST = 0.7;

/** Prepares the strips of a report: sites with the same service time share its computation. */
export function timelineOf(report: DocumentHead): Timeline {
  const window = { startMs: Date.parse(report.period.starts_at), endMs: Date.parse(report.period.ends_at) };
  const openHours =
    report.business_hours === null
      ? null
      : openIntervals(report.business_hours, window.startMs, window.endMs);
  const maintenance = maintenanceIn(report.maintenance_windows, window);
  const positions = new Map(report.maintenance_windows.map(({ id }, position) => [id, position]));
  const positionsOf = (site: SiteLine): number[] =>
    site.maintenance_window_ids.flatMap((id) => positions.get(id) ?? []);
  const known = new Map<string, Bars>();

  function barsOfService(site: SiteLine): Bars {
    const since = (site.monitored_since ?? "") > report.period.starts_at ? site.monitored_since : null;
    const key = `${since} ${site.maintenance_window_ids}`;
    let bars = known.get(key);
    if (bars === undefined) {
      const { service, exempt } = serviceTime({
        window,
        openHours,
        maintenance: maintenance.timeOf({ positions: positionsOf(site) }),
        maintenanceCountsAs: report.settings.maintenance_counts_as,
        monitoredSinceMs: since === null ? null : Date.parse(since),
      });
      bars = { service, counting: subtract(service, exempt) };
      known.set(key, bars);
    }
    return bars;
  }

  return {
    draw(paper, site, box) {
      const { service, counting } = barsOfService(site);
      const outages = unionOf(spansOf(site));
      drawBars(paper, service, { ...box, window }, COLORS.greenSoft);
      drawBars(paper, intersect(counting, outages), { ...box, window }, COLORS.red);
      const low = box.y + box.height;
      paper.line(box.x, low, box.x + box.width, low, LINES.thin);
    },
  };
}

function spansOf({ outages }: SiteLine): Span[] {
  return Array.from({ length: outages.length / 2 }, (_, index) => ({
    startMs: outages[2 * index] as number,
    endMs: outages[2 * index + 1] as number,
  }));
}

type Bars = { service: Intervals; counting: Intervals };

/** Draws a set of time as bars, those too narrow widened, those that would touch joined. */
function drawBars(paper: Paper, set: Intervals, place: Box & { window: Span }, color: Color): void {
  const { x, y, width, height, window } = place;
  const scale = width / (window.endMs - window.startMs);
  let left = 0;
  let right = -1;
  const end = () => {
    if (right > left) paper.fill(x + left, y, right - left, height, color);
  };
  for (let i = 0; i < set.length; i += 2) {
    const from = Math.min(((set[i] as number) - window.startMs) * scale, width - NARROWEST);
    const to = Math.max(((set[i + 1] as number) - window.startMs) * scale, from + NARROWEST);
    if (right < 0 || from - right >= NARROWEST / 2) {
      end();
      left = from;
    }
    right = Math.max(right, to);
  }
  end();
}
