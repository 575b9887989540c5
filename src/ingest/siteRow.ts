// Checks the fields of an import row and makes them a site, or says which field is wrong and why.
import { TypeCompiler } from "@sinclair/typebox/compiler";
import { NinesError } from "../model/errors.ts";
import { SiteInput, Tags } from "../model/site.ts";
import { checkSite } from "../model/siteRules.ts";
import type { Refusal } from "../store/importOutcome.ts";
import { instantOrReason, shown, textCheck } from "./fieldReasons.ts";
import type { Fields } from "./rows.ts";

type FieldCheck = (value: unknown) => string | null;

const input = SiteInput.properties;

/** What the API answers and an import does not set. */
const IGNORED = ["id", "created_at", "updated_at"];

const addressCheck = textCheck(input.address, input.address.anyOf[0]);

const CHECKS: ReadonlyMap<string, FieldCheck> = new Map<string, FieldCheck>([
  ["name", textCheck(input.name, input.name)],
  ["external_id", textCheck(input.external_id, input.external_id.anyOf[0])],
  ["address", addressCheck],
  ["url", addressCheck],
  ["monitored_since", checkMonitoredSince],
  ["tags", tagsCheck()],
  ["wan_links", linksCheck()],
  ...IGNORED.map((name): [string, FieldCheck] => [name, () => null]),
]);

const TAKEN = [...CHECKS.keys()].filter((name) => !IGNORED.includes(name)).join(", ");
const TAG_COLUMN = "tag:";

/** Refuses a CSV whose header has a column that no site has, or no column for the name. */
export function checkSiteColumns(columns: readonly string[]): void {
  const unknown = columns.find((column) => !CHECKS.has(column) && !/^tag:./.test(column));
  if (unknown !== undefined) {
    throw new NinesError("parameter_unknown", {
      param: unknown.slice(0, 200),
      message: `The header names the column ${shown(unknown)}, which a site does not have. Columns are ${TAKEN} and tag:Key.`,
    });
  }
  if (columns.includes("name")) return;
  throw new NinesError("parameter_missing", {
    param: "name",
    message: "The header lacks the column name: what a site is called.",
  });
}

/** The site that a row of CSV describes: tags and WAN links are JSON texts, or tags have columns `tag:Key`. */
export function siteOfCsvRow(cells: Fields): SiteInput | Refusal {
  const fields: Fields = {};
  const tags: [string, string | string[]][] = [];
  for (const [column, cell] of Object.entries(cells)) {
    if (column.startsWith(TAG_COLUMN)) {
      const values = (cell as string).split("|").map((value) => value.trim());
      tags.push([
        column.slice(TAG_COLUMN.length).trim(),
        values.length === 1 ? (values[0] as string) : values,
      ]);
    } else if (column === "tags" || column === "wan_links") {
      const value = jsonOf(cell as string);
      if (value === undefined) return { param: column, reason: `${shown(cell)} is not valid JSON` };
      fields[column] = value;
    } else {
      fields[column] = cell;
    }
  }
  if (tags.length > 0 && "tags" in fields) {
    return { param: "tags", reason: "and columns tag:Key are both filled; use one of the two" };
  }
  // Object.fromEntries makes even __proto__ a plain key, for the check to refuse.
  if (tags.length > 0) fields["tags"] = Object.fromEntries(tags);
  return siteOfRow(fields);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The site that a row describes, or why the row is refused. */
export function siteOfRow(fields: Fields): SiteInput | Refusal {
  for (const [name, value] of Object.entries(fields)) {
    const check = CHECKS.get(name);
    if (!check) return { param: name.slice(0, 200), reason: `is not a field of a site; fields are ${TAKEN}` };
    const reason = check(value);
    if (reason !== null) return { param: name, reason };
  }
  const { url, ...rest } = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !IGNORED.includes(name)),
  );
  if (rest["name"] === undefined) return { param: "name", reason: "is missing; a site needs a name" };
  if (url !== undefined && rest["address"] !== undefined && url !== rest["address"]) {
    return { param: "url", reason: "and address are two names of one field, but differ; give one of them" };
  }
  const site = (url === undefined ? rest : { ...rest, address: url }) as SiteInput;
  return refusalByRules(site) ?? site;
}

function refusalByRules(site: SiteInput): Refusal | null {
  try {
    checkSite(site);
    return null;
  } catch (error) {
    if (error instanceof NinesError) return { param: error.param ?? null, reason: error.message };
    throw error;
  }
}

function checkMonitoredSince(value: unknown): string | null {
  const ms = value === null ? 0 : instantOrReason(value);
  return typeof ms === "string" ? ms : null;
}

function tagsCheck(): FieldCheck {
  const check = TypeCompiler.Compile(Tags);
  return (value) => {
    if (check.Check(value)) return null;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return `${shown(value)} is not an object of keys and values`;
    const at = check.Errors(value).First()?.path.split("/")[1];
    const where = at ? ` (see ${shown(at.replaceAll("~1", "/").replaceAll("~0", "~"))})` : "";
    return `must be up to 50 keys of 1 to 100 characters, each with a text of 1 to 200 characters or a list of up to 50 different ones${where}`;
  };
}

function linksCheck(): FieldCheck {
  const check = TypeCompiler.Compile(input.wan_links);
  return (value) => {
    if (check.Check(value)) return null;
    const at = check.Errors(value).First()?.path.slice(1).replaceAll("/", ".");
    return `must be a list of up to 100 links {"name": …, "isp": …}, names and isp texts of 1 to 200 characters${at ? ` (see ${shown(at)})` : ""}`;
  };
}
