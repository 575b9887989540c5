// What becomes of a row of an import.
import type { Static } from "@sinclair/typebox";
import type { RefusedRow } from "../model/fault.ts";

/** Why a row is refused: the field at fault, if it is one, and what would be right. */
export type Refusal = Omit<Static<typeof RefusedRow>, "line">;
export type ImportOutcome = "created" | "updated" | "unchanged" | Refusal;

export function isRefusal(value: object | string): value is Refusal {
  return typeof value === "object" && "reason" in value;
}

export function refusal(param: string, reason: string): Refusal {
  return { param, reason };
}
