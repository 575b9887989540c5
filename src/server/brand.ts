// The look of the PDF that configuration asks for: colour, name, logo.
import { readFileSync } from "node:fs";
import { SetupError } from "../model/setupError.ts";
import { messageOf } from "../model/thrown.ts";
import type { PdfOptions } from "../report/pdf/render.ts";
import type { Config } from "./config.ts";

/** The most a logo file may hold; it is printed in every report. */
const MAX_LOGO_BYTES = 2 * 1024 * 1024;

/** Reads the brand; throws SetupError when the logo is not a readable PNG or JPEG. */
export function readBrand(
  config: Pick<Config, "brandColor" | "brandName" | "brandLogo">,
): PdfOptions["brand"] {
  return {
    color: config.brandColor,
    name: config.brandName,
    logo: config.brandLogo === null ? null : readLogo(config.brandLogo),
  };
}

function readLogo(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new SetupError(`NINES_BRAND_LOGO cannot be read: ${messageOf(error)}`);
  }
  const isPng = Buffer.from(bytes.subarray(0, 8)).toString("hex") === "89504e470d0a1a0a";
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (bytes.byteLength <= MAX_LOGO_BYTES && (isPng || isJpeg)) return bytes;
  throw new SetupError(`NINES_BRAND_LOGO must be a PNG or JPEG of at most 2 MiB, but ${path} is not`);
}
