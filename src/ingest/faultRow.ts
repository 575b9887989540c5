// Checks the fields of an import row and makes them a fault, or says which field is wrong and why.
import type { TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { NinesError } from "../model/errors.ts";
import { FaultInput, FaultType, SEVERITIES } from "../model/fault.ts";
import { formatInstant } from "../model/formats.ts";
import { SiteInput } from "../model/site.ts";
import type { ImportedFault } from "../store/faultImport.ts";
import type { Refusal } from "../store/importOutcome.ts";
import { instantOrReason, shown, textCheck } from "./fieldReasons.ts";
import type { Fields } from "./rows.ts";

type Draft = Omit<ImportedFault, "startedAtMs"> & { createdAtMs: number | null; startedAtMs: number | null };

/** Puts a value into the draft, or gives the reason why it cannot. */
type FieldReader = (value: unknown, draft: Draft) => string | null;

type TextField = "site" | "siteId" | "resourceId" | "type" | "cause" | "message" | "externalId";

const input = FaultInput.properties;
const externalIdText = input.external_id.anyOf[0];

/** What an export has and an import does not set. */
const IGNORED = ["id", "status", "updated_at", "comments", "site_name"];

const READERS: ReadonlyMap<string, FieldReader> = new Map<string, FieldReader>([
  ["site", reader("site", textCheck(SiteInput.properties.name, SiteInput.properties.name))],
  ["site_id", reader("siteId", formCheck(input.site_id, "an id: 'site_' and 27 letters or digits"))],
  [
    "resource_id",
    reader("resourceId", formCheck(input.resource_id, "an id: 'wan_' and 27 letters or digits")),
  ],
  [
    "type",
    reader("type", formCheck(FaultType, "one word of up to 64 letters, digits and _ . : -, such as 'site'")),
  ],
  ["severity", readSeverity],
  ["cause", reader("cause", textCheck(input.cause, input.cause.anyOf[0]))],
  ["message", reader("message", textCheck(input.message, input.message.anyOf[0]))],
  ["external_id", reader("externalId", textCheck(input.external_id, externalIdText))],
  ["created_at", instantReader("createdAtMs")],
  ["started_at", instantReader("startedAtMs")],
  ["resolved_at", readEnd],
  ...IGNORED.map((name): [string, FieldReader] => [name, () => null]),
]);

const TAKEN = [...READERS.keys()].filter((name) => !IGNORED.includes(name)).join(", ");

/** Refuses a CSV whose header has a column that no fault has, or lacks one that every fault needs. */
export function checkFaultColumns(columns: readonly string[]): void {
  const unknown = columns.find((column) => !READERS.has(column));
  if (unknown !== undefined) {
    throw new NinesError("parameter_unknown", {
      param: unknown.slice(0, 200),
      message: `The header names the column ${shown(unknown)}, which a fault does not have. Columns are ${TAKEN}.`,
    });
  }
  requireOneOf(columns, ["started_at", "created_at"], "the start of the outage");
  requireOneOf(columns, ["site", "site_id", "resource_id"], "the site");
}

function requireOneOf(
  columns: readonly string[],
  wanted: readonly [string, ...string[]],
  what: string,
): void {
  if (wanted.some((column) => columns.includes(column))) return;
  throw new NinesError("parameter_missing", {
    param: wanted[0],
    message: `The header lacks a column for ${what}: ${wanted.join(" or ")}.`,
  });
}

/** The fault that a row describes, with its site still by name; or why the row is refused. */
export function faultOfRow(fields: Fields): ImportedFault | Refusal {
  const draft = emptyDraft();
  for (const name in fields) {
    const read = READERS.get(name);
    if (!read) return { param: name.slice(0, 200), reason: `is not a field of a fault; fields are ${TAKEN}` };
    const reason = read(fields[name], draft);
    if (reason !== null) return { param: name, reason };
  }
  return checkedAsAWhole(draft);
}

function emptyDraft(): Draft {
  return {
    site: undefined,
    siteId: undefined,
    resourceId: undefined,
    type: undefined,
    severity: undefined,
    cause: undefined,
    message: undefined,
    externalId: null,
    createdAtMs: null,
    startedAtMs: null,
    resolvedAtMs: null,
  };
}

function checkedAsAWhole(draft: Draft): ImportedFault | Refusal {
  const { createdAtMs, resolvedAtMs } = draft;
  const startedAtMs = draft.startedAtMs ?? createdAtMs;
  if (startedAtMs === null) {
    return {
      param: "started_at",
      reason: "is missing; an import needs the start of the outage, as started_at or created_at",
    };
  }
  if (createdAtMs !== null && createdAtMs !== startedAtMs) {
    return {
      param: "started_at",
      reason: "and created_at are two names of one time, but differ; give one of them",
    };
  }
  if (resolvedAtMs !== null && resolvedAtMs < startedAtMs) {
    const [end, start] = [formatInstant(resolvedAtMs), formatInstant(startedAtMs)];
    return { param: "resolved_at", reason: `(${end}) lies before the start of the outage (${start})` };
  }
  if (draft.site === undefined && draft.siteId === undefined && draft.resourceId == null) {
    return {
      param: "site",
      reason: "is missing; name the site by site (name or external_id), site_id or resource_id",
    };
  }
  draft.startedAtMs = startedAtMs;
  return draft as ImportedFault;
}

function reader(field: TextField, check: (value: unknown) => string | null): FieldReader {
  return (value, draft) => {
    const reason = check(value);
    if (reason !== null) return reason;
    draft[field] = value as never; // the check has seen that it is text, or null where that is allowed
    return null;
  };
}

function formCheck(schema: TSchema, form: string): (value: unknown) => string | null {
  const check = TypeCompiler.Compile(schema);
  return (value) => (check.Check(value) ? null : `${shown(value)} is not ${form}`);
}

const severities = new Map(SEVERITIES.map((word) => [word as string, word]));

function readSeverity(value: unknown, draft: Draft): string | null {
  const severity =
    typeof value === "string" ? (severities.get(value) ?? severities.get(value.toUpperCase())) : undefined;
  if (severity === undefined) return `${shown(value)} is not one of ${[...severities.keys()].join(", ")}`;
  draft.severity = severity;
  return null;
}

function instantReader(field: "createdAtMs" | "startedAtMs" | "resolvedAtMs"): FieldReader {
  return (value, draft) => {
    const ms = instantOrReason(value);
    if (typeof ms === "string") return ms;
    draft[field] = ms;
    return null;
  };
}

const readGivenEnd = instantReader("resolvedAtMs");

function readEnd(value: unknown, draft: Draft): string | null {
  return value === null ? null : readGivenEnd(value, draft);
}
