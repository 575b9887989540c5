// Request bodies: read with a limit, as UTF-8, as JSON.
import { NinesError } from "../../model/errors.ts";
import { repeatedName } from "../../model/repeatedName.ts";
import { messageOf } from "../../model/thrown.ts";
import { costOfBytes } from "../caller/costs.ts";
import { growingBytes, partsOf } from "./bodyParts.ts";

/** The most a body may hold; imports stream instead. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A body that is not announced may come in so many parts: of 256 bytes each, if it is as large as it may be. */
const MOST_PARTS = 4096;

/** No schema goes deeper; what does is refused where it begins to. */
const MOST_LEVELS = 32;

/** The media type of a request, without parameters, in lower case; null when none is given. */
export function mediaTypeOf(request: Request): string | null {
  const header = request.headers.get("content-type");
  return header === null ? null : (header.split(";")[0] ?? "").trim().toLowerCase();
}

/** Refuses a request whose content type is not among these, whose charset is not UTF-8, or that is compressed. */
export function requireMediaType(request: Request, types: readonly string[]): string {
  const coding = request.headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    throw new NinesError("unsupported_media_type", {
      param: "Content-Encoding",
      message: `The Content-Encoding '${coding.slice(0, 100)}' is not supported; send the body uncompressed.`,
    });
  }
  const type = mediaTypeOf(request);
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers.get("content-type") ?? "")?.[1];
  if (type !== null && types.includes(type) && (!charset || charset.toLowerCase() === "utf-8")) return type;
  throw new NinesError("unsupported_media_type", {
    param: "Content-Type",
    message: `The Content-Type must be ${types.join(" or ")} in UTF-8, but is ${type === null ? "missing" : `'${request.headers.get("content-type")?.slice(0, 100)}'`}.`,
  });
}

/**
 * Reads the body as one JSON value. Refuses wrong types, more than 1 MiB, broken UTF-8 and broken JSON. `charge` is told
 * what a body without a Content-Length costs.
 */
export async function readJson(
  request: Request,
  optional: boolean,
  charge: (cost: number) => void,
): Promise<unknown> {
  const bytes = await readLimited(request, charge);
  if (bytes.byteLength === 0 && optional) return {};
  requireMediaType(request, ["application/json"]);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new NinesError("invalid_json", { message: "The body is not valid UTF-8." });
  }
  refuseHalvesOfCharacters(text);
  try {
    const value: unknown = JSON.parse(text);
    refuseRepeatedName(text);
    return couldBeDeep(text) ? shallow(value, MOST_LEVELS) : value;
  } catch (error) {
    if (error instanceof NinesError) throw error;
    const reason = messageOf(error)
      .replace(/^JSON Parse error: /, "")
      .slice(0, 200);
    throw new NinesError("invalid_json", {
      message:
        text === "" ? "The body is empty; send a JSON object." : `The body is not valid JSON: ${reason}.`,
    });
  }
}

/** What two readers may take for two things is refused: one of them may be a check in front of this server. */
function refuseRepeatedName(json: string): void {
  const name = repeatedName(json);
  if (name === null) return;
  throw new NinesError("invalid_json", {
    message: `The body has the name ${JSON.stringify(name.slice(0, 100))} twice in one object; send it once.`,
  });
}

/** Whether so many brackets are open at once, those in texts among them. */
function couldBeDeep(json: string): boolean {
  let open = 0;
  for (let i = 0; i < json.length; i++) {
    const sign = json.charCodeAt(i) | 0x20; // [ and { differ in this bit, and so do ] and }
    if (sign === 0x7b && ++open > MOST_LEVELS) return true;
    if (sign === 0x7d) open--;
  }
  return false;
}

/** The value with empty lists and objects in place of deeper ones: whoever reads a refused value must not run out of stack. */
function shallow(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return levels === 0 ? [] : value.map((entry) => shallow(entry, levels - 1));
  const entries = levels === 0 ? [] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, entry]) => [key, shallow(entry, levels - 1)]));
}

/** JSON can escape one half of a surrogate pair: no Unicode text, so it could not be stored as it came. */
function refuseHalvesOfCharacters(json: string): void {
  const escapes =
    /\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u([dD][89a-fA-F][\da-fA-F]{2})|\\./gs;
  for (const [, half] of json.matchAll(escapes)) {
    if (half === undefined) continue;
    throw new NinesError("invalid_json", {
      message: `The body has half of a character, \\u${half}, without its other half; send whole characters.`,
    });
  }
}

async function readLimited(request: Request, charge: (cost: number) => void): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > MAX_BODY_BYTES) throw tooLarge();
  if (!request.body) return new Uint8Array();
  if (announced > 0) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.byteLength > MAX_BODY_BYTES) throw tooLarge();
    return bytes;
  }
  const parts = partsOf(request.body);
  const bytes = growingBytes(MAX_BODY_BYTES);
  try {
    for (let count = 0; ; count++) {
      const part = await parts.next();
      if (part === null) return bytes.get();
      if (count >= MOST_PARTS) throw tooManyParts();
      if (!bytes.add(part)) throw tooLarge();
    }
  } finally {
    // However small its chunks were, which the runtime goes through one by one: it is charged for the worst.
    charge(costOfBytes(bytes.get().byteLength));
    void parts.cancel().catch(() => {});
  }
}

function tooManyParts(): NinesError {
  return new NinesError("invalid_json", {
    message: `The body came in more than ${MOST_PARTS} parts; send it with a Content-Length, or in larger chunks.`,
    headers: { Connection: "close" },
  });
}

function tooLarge(): NinesError {
  return new NinesError("body_too_large", {
    message: `The body is larger than ${MAX_BODY_BYTES} bytes (1 MiB).`,
    headers: { Connection: "close" },
  });
}
