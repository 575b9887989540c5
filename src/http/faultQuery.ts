// The filters that fault lists and exports share, and the cursor of the list.
import { type Static, type TObject, Type } from "@sinclair/typebox";
import { NinesError } from "../model/errors.ts";
import { FAULT_STATUSES, FaultType, SEVERITIES } from "../model/fault.ts";
import { Id, Instant, OneOf } from "../model/fields.ts";
import { parseInstant } from "../model/formats.ts";
import type { FaultCursor, FaultFilter } from "../store/faultWalk.ts";

export const FaultFilterQuery = {
  type: Type.Optional({ ...FaultType, description: "Only faults of this type." }),
  severity: Type.Optional(OneOf([...SEVERITIES], "Only faults of this severity.")),
  status: Type.Optional(OneOf([...FAULT_STATUSES], "Only faults that are over, or only those that last.")),
  site_id: Type.Optional(
    Type.Array(Id("site", "A site."), { maxItems: 100, description: "Only faults of these sites." }),
  ),
  from: Type.Optional(Instant("Only faults that lasted past this.")),
  to: Type.Optional(Instant("Only faults that began before this.")),
};

type FilterQuery = Static<TObject<typeof FaultFilterQuery>>;

/** The store's filter of a query; refuses a `from` that is not before `to`. */
export function faultFilter(query: FilterQuery): FaultFilter {
  const fromMs = query.from === undefined ? undefined : (parseInstant(query.from) as number);
  const toMs = query.to === undefined ? undefined : (parseInstant(query.to) as number);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new NinesError("parameter_invalid", {
      param: "from",
      message: `'from' (${query.from}) must be before 'to' (${query.to}).`,
    });
  }
  return {
    type: query.type,
    severity: query.severity,
    status: query.status,
    siteIds: query.site_id,
    fromMs,
    toMs,
  };
}

/** A cursor as opaque text. */
export function cursorText({ startedAtMs, seq }: FaultCursor): string {
  return Buffer.from(`${startedAtMs}.${seq}`).toString("base64url");
}

/** The cursor of its text; null for none. */
export function cursorOf(text: string | undefined): FaultCursor | null {
  if (text === undefined) return null;
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(text, "base64url").toString("latin1"));
  if (!match) {
    throw new NinesError("parameter_invalid", {
      param: "cursor",
      message: "'cursor' must be meta.cursor of the page before.",
    });
  }
  return { startedAtMs: Number(match[1]), seq: Number(match[2]) };
}
