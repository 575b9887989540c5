// The strip that shows when a site was down: the period from left to right, red where it was down in
// service time, blank where it was not in service.
import { openIntervals } from "../../sla/businessHours.ts";
import { type Intervals, intersect, subtract, unionOf } from "../../sla/intervals.ts";
import { serviceTime } from "../../sla/uptime.ts";
import type { DocumentSite, ReportDocument } from "../document.ts";
import { operand, type Paper } from "./paper.ts";
import { COLORS } from "./theme.ts";

export type Timeline = {
  /** Draws the strip of a site into a box. */
  draw(paper: Paper, site: DocumentSite, box: { x: number; y: number; width: number; height: number }): void;
};

/** The shortest outage can be seen, and two that are closer than this look like one. */
const NARROWEST = 0.7;

/** Prepares the strips of a report: sites with the same service time share its computation. */
export function timelineOf(report: ReportDocument): Timeline {
  const window = { startMs: Date.parse(report.period.starts_at), endMs: Date.parse(report.period.ends_at) };
  const openHours =
    report.business_hours === null
      ? null
      : openIntervals(report.business_hours, window.startMs, window.endMs);
  const known = new Map<string, Bars>();

  function barsOfService(site: DocumentSite): Bars {
    const key = `${site.monitored_since} ${site.maintenance_window_ids}`;
    let bars = known.get(key);
    if (bars === undefined) {
      const windows = report.maintenance_windows.filter(({ id }) => site.maintenance_window_ids.includes(id));
      const { service, exempt } = serviceTime({
        window,
        openHours,
        maintenance: unionOf(
          windows.map((one) => ({ startMs: Date.parse(one.starts_at), endMs: Date.parse(one.ends_at) })),
        ),
        maintenanceCountsAs: report.settings.maintenance_counts_as,
        monitoredSinceMs: site.monitored_since === null ? null : Date.parse(site.monitored_since),
      });
      bars = { service, counting: subtract(service, exempt) };
      known.set(key, bars);
    }
    return bars;
  }

  return {
    draw(paper, site, box) {
      const { service, counting } = barsOfService(site);
      const outages = unionOf(
        site.incidents.map((incident) => ({
          startMs: Date.parse(incident.started_at),
          endMs: incident.ended_at === null ? window.endMs : Date.parse(incident.ended_at),
        })),
      );
      const scale = box.width / (window.endMs - window.startMs);
      const place = { ...box, startMs: window.startMs, scale };
      const up = pathOf(service, place);
      if (up !== "") paper.area(up, COLORS.greenSoft);
      const down = pathOf(intersect(counting, outages), place);
      if (down !== "") paper.area(down, COLORS.red);
      const low = box.y + box.height;
      paper.line([box.x, low], [box.x + box.width, low], COLORS.grey, 0.4);
    },
  };
}

type Bars = { service: Intervals; counting: Intervals };
type Place = { x: number; y: number; width: number; height: number; startMs: number; scale: number };

/** Rectangles of a set of time, those too narrow widened, those that would touch joined. */
function pathOf(set: Intervals, { x, y, width, height, startMs, scale }: Place): string {
  let path = "";
  let left = -1;
  let right = -1;
  const end = () => {
    if (left >= 0)
      path += `${operand(x + left)} ${operand(y)} ${operand(right - left)} ${operand(height)} re `;
  };
  for (let i = 0; i < set.length; i += 2) {
    const from = ((set[i] as number) - startMs) * scale;
    const to = Math.max(((set[i + 1] as number) - startMs) * scale, from + NARROWEST);
    if (left >= 0 && from - right < NARROWEST / 2) {
      right = Math.max(right, to);
    } else {
      end();
      [left, right] = [Math.min(from, width - NARROWEST), to];
    }
    right = Math.min(right, width);
  }
  end();
  return path.trimEnd();
}
