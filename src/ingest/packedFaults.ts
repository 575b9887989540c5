// Rows of an import as they cross to the thread that stores them: columns, each one text. Objects would take the time
// of half an insertion, on both sides.
import type { ImportedFault } from "../store/faultImport.ts";

const COLUMNS = [
  "site",
  "siteId",
  "resourceId",
  "type",
  "severity",
  "cause",
  "message",
  "externalId",
] as const;

export type PackedFaults = {
  rows: number;
  texts: string[];
  starts: Float64Array<ArrayBuffer>;
  ends: Float64Array<ArrayBuffer>;
};

// No text of a row has a control character other than tabs and line breaks: its check refuses them.
const SEPARATOR = "\0";
const UNDEFINED = "\u0001";
const NULL = "\u0002";

/** Packs rows that were checked. */
export function packed(faults: readonly ImportedFault[]): PackedFaults {
  return {
    rows: faults.length,
    texts: COLUMNS.map((column) => faults.map((fault) => textOf(fault[column])).join(SEPARATOR)),
    starts: Float64Array.from(faults, ({ startedAtMs }) => startedAtMs),
    ends: Float64Array.from(faults, ({ resolvedAtMs }) => resolvedAtMs ?? Number.NaN),
  };
}

/** The rows that were packed. */
export function unpacked({ rows, texts, starts, ends }: PackedFaults): ImportedFault[] {
  const columns = texts.map((text) => text.split(SEPARATOR));
  return Array.from({ length: rows }, (_, n) => {
    const [site, siteId, resourceId, type, severity, cause, message, externalId] = columns.map((column) =>
      meantBy(column[n] as string),
    );
    const end = ends[n] as number;
    return {
      ...{ site, siteId, resourceId, type, severity, cause, message, externalId },
      startedAtMs: starts[n] as number,
      resolvedAtMs: Number.isNaN(end) ? null : end,
    } as ImportedFault;
  });
}

const textOf = (value: string | null | undefined) =>
  value === undefined ? UNDEFINED : value === null ? NULL : value;

const meantBy = (text: string) => (text === UNDEFINED ? undefined : text === NULL ? null : text);
