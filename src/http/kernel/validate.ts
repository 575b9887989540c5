// What a value that does not fit its schema is refused with: in one sentence, which field is wrong and what would
// be right. The check itself is Elysia's.
import { Kind, type TObject, type TSchema } from "@sinclair/typebox";
import { type ValueError, type ValueErrorIterator, ValueErrorType } from "@sinclair/typebox/compiler";
import type { ValidationError } from "elysia";
import { type ErrorCode, NinesError } from "../../model/errors.ts";
import { FORMAT_MEANINGS } from "../../model/formats.ts";

/** What a value is refused with: parameter_missing, parameter_unknown, or what the schema says of wrong values. */
export function refusalOf({ validator, value }: ValidationError): NinesError {
  const { schema, Errors } = validator as { schema: TSchema; Errors: (value: unknown) => ValueErrorIterator };
  const first = Errors.call(validator, value).First();
  if (!first) return new NinesError("parameter_invalid", { message: "The request does not fit its schema." });
  return refusal(first, (schema["refusedWith"] as ErrorCode | undefined) ?? "parameter_invalid");
}

/** A copy of an object without the fields that only the server sets; other values as they are. */
export function withoutReadOnly(value: unknown, readOnly: readonly string[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !readOnly.includes(key)));
}

/** The fields that answers of `output` have and requests of `input` do not take. */
export function readOnlyFields(output: TObject, input: TObject): string[] {
  return Object.keys(output.properties).filter((key) => !(key in input.properties));
}

function refusal(error: ValueError, code: ErrorCode): NinesError {
  const cause = innermost(error);
  const param = paramOf(cause.path);
  if (cause.path === "") {
    return new NinesError("parameter_invalid", {
      message: `The body must be a JSON object, but is ${shown(cause.value)}.`,
    });
  }
  if (cause.type === ValueErrorType.ObjectAdditionalProperties && "patternProperties" in cause.schema) {
    return new NinesError("parameter_invalid", {
      param,
      message: `'${param}' has a key that cannot be: keys are text of 1 to 100 characters (not only spaces, no control characters).`,
    });
  }
  if (cause.type === ValueErrorType.ObjectAdditionalProperties) {
    return new NinesError("parameter_unknown", {
      param,
      message: `'${param}' is not a parameter of this request.`,
    });
  }
  if (cause.type === ValueErrorType.ObjectRequiredProperty) {
    return new NinesError("parameter_missing", {
      param,
      message: `The '${param}' parameter is required for this request.`,
    });
  }
  return new NinesError(code, {
    param,
    message: `'${param}' must be ${meaning(cause.schema)}, but is ${shown(cause.value)}.`,
  });
}

/** For "X or null" the fault lies in X: follow it to the field it is about. */
function innermost(error: ValueError): ValueError {
  if (error.type !== ValueErrorType.Union || error.value === null) return error;
  const variants = (error.schema["anyOf"] as TSchema[]).map((schema, index) => ({
    schema,
    errors: error.errors[index],
  }));
  const candidates = variants.filter(({ schema }) => schema[Kind] !== "Null");
  const sameType = candidates.filter(({ schema }) => jsonType(error.value) === schema["type"]);
  const [only] = sameType.length === 1 ? sameType : candidates;
  if ((sameType.length !== 1 && candidates.length !== 1) || !only) return error;
  const inner = only.errors?.First();
  return inner && inner.path !== error.path ? innermost(inner) : error;
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

/** "/rules/0/key" as "rules[0].key". */
function paramOf(path: string): string {
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(
      (name, part) => (/^\d+$/.test(part) && name ? `${name}[${part}]` : name ? `${name}.${part}` : part),
      "",
    )
    .slice(0, 200);
}

/** Lists and objects are not written out: they may be a megabyte long, or nested deeper than the stack. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** What a schema asks for, in words. */
export function meaning(schema: TSchema): string {
  if (schema["inWords"]) return schema["inWords"] as string;
  const variants = schema["anyOf"] as TSchema[] | undefined;
  if (variants?.every((variant) => "const" in variant)) {
    return `one of ${variants.map((variant) => `'${variant["const"]}'`).join(", ")}`;
  }
  if (variants) return variants.map(meaning).join(", or ");
  if (schema["format"]) return FORMAT_MEANINGS[schema["format"]] ?? String(schema["format"]);
  switch (schema["type"]) {
    case "string":
      return stringMeaning(schema);
    case "number":
    case "integer":
      return numberMeaning(schema);
    case "array":
      return `a list${limits(schema["minItems"], schema["maxItems"], "entries")}${schema["uniqueItems"] ? " without repetition" : ""}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    default:
      return "an object";
  }
}

function stringMeaning(schema: TSchema): string {
  const pattern = schema["pattern"] as string | undefined;
  const prefix = pattern && /^\^([a-z]+_)\[0-9a-zA-Z\]\{27\}\$$/.exec(pattern);
  if (prefix) return `an id: '${prefix[1]}' and 27 letters or digits`;
  const length = limits(schema["minLength"], schema["maxLength"], "characters");
  if (length) return `text${length} (not only spaces, no control characters)`;
  return pattern ? `text of the form ${pattern}` : "text";
}

function numberMeaning(schema: TSchema): string {
  const { minimum, maximum } = schema;
  const kind = schema["type"] === "integer" ? "a whole number" : "a number";
  if (minimum !== undefined && maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
  return minimum === undefined ? kind : `${kind}, at least ${minimum}`;
}

function limits(min: unknown, max: unknown, unit: string): string {
  if (min === undefined && max === undefined) return "";
  return max === undefined ? ` of at least ${min} ${unit}` : ` of ${min ?? 0} to ${max} ${unit}`;
}
