// How many messages a workspace may have waiting. What asks for more by a request is refused; reports of schedules
// are always made and delivered, so that a slow mail server loses nothing.
import { NinesError } from "../model/errors.ts";
import type { Reading } from "./database/context.ts";

export const MAX_WAITING_DELIVERIES = 10_000;

/** Counts no further than the limit. Served by jobs_waiting. */
export const WAITING_DELIVERIES_SQL = `
  SELECT count(*) AS waiting
  FROM (SELECT 1 FROM jobs WHERE state = 'queued' AND kind = 'delivery' AND workspace = ? LIMIT ?)`;

/** Throws too_many_queued_deliveries while a workspace has as many messages waiting as it may. */
export function refuseWhileDeliveriesWait({ db }: Reading, workspace: string): void {
  const { waiting } = db
    .query<{ waiting: number }, [string, number]>(WAITING_DELIVERIES_SQL)
    .get(workspace, MAX_WAITING_DELIVERIES) as { waiting: number };
  if (waiting < MAX_WAITING_DELIVERIES) return;
  throw new NinesError("too_many_queued_deliveries", {
    message: `The workspace has ${waiting} messages waiting to be sent, the most it may have; try again when some have left.`,
    headers: { "Retry-After": "60" },
  });
}
