// Keeps the engine's last compiler away from what writes PDFs, in a process that makes one report. For each of
// these functions it takes several times as long as it saves within a report: a sixth of the processor time of one
// of 200 sites. A process that goes on making them is a tenth or more quicker with it, so the render thread leaves it.
import { noFTL } from "bun:jsc";
import { Canvas } from "../report/pdf/press/canvas.ts";
import { Face } from "../report/pdf/press/face.ts";
import { Operators } from "../report/pdf/press/operators.ts";
import { PreparedFace } from "../report/pdf/press/preparedFace.ts";
import { Table } from "../report/pdf/press/table.ts";

/** To be called before the report. */
export function spareTheLastTier(): void {
  for (const { prototype } of [Canvas, Face, Operators, PreparedFace, Table]) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value === "function") noFTL(value);
    }
  }
}
