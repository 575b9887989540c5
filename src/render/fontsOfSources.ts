// Prepares the fonts where the program runs from its sources, and for the build: in dist/fonts, once for as
// long as the font and what prepares it stay the same.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import regular from "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf" with { type: "file" };
import medium from "@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf" with { type: "file" };
import bold from "@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf" with { type: "file" };
import { fontFileOf } from "../report/pdf/press/fontFile.ts";
import { prepareFont, type WholeFont } from "../report/pdf/press/prepareFont.ts";

const FOLDER = join(import.meta.dir, "../../dist/fonts");
const PRESS = join(import.meta.dir, "../report/pdf/press");
const LOCK = join(import.meta.dir, "../../package-lock.json");
const MAKERS = ["fontFile.ts", "openType.ts", "prepareFont.ts", "preparedFont.ts"];

/** The paths of the three weights, prepared. */
export async function preparedFonts(): Promise<{ regular: string; medium: string; bold: string }> {
  const stamp = stampOfMakers();
  return {
    regular: await prepared("regular", regular, stamp),
    medium: await prepared("medium", medium, stamp),
    bold: await prepared("bold", bold, stamp),
  };
}

async function prepared(weight: string, whole: string, stamp: string): Promise<string> {
  const path = join(FOLDER, `${weight}.font`);
  const stampPath = `${path}.stamp`;
  if (existsSync(path) && existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return path;
  const { create } = await import("fontkit");
  const bytes = new Uint8Array(readFileSync(whole));
  const file = fontFileOf(bytes, create(bytes));
  mkdirSync(FOLDER, { recursive: true });
  writeWhole(path, prepareFont(file as typeof file & { font: WholeFont }));
  writeWhole(stampPath, stamp);
  return path;
}

/** Other processes, such as tests, may do the same at the same time. */
function writeWhole(path: string, content: Uint8Array | string): void {
  const unfinished = `${path}.${process.pid}.${Bun.nanoseconds()}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, path);
}

function stampOfMakers(): string {
  const hash = new Bun.CryptoHasher("sha256");
  for (const name of MAKERS) hash.update(readFileSync(join(PRESS, name)));
  const { packages } = JSON.parse(readFileSync(LOCK, "utf8"));
  for (const name of ["fontkit", "@expo-google-fonts/inter"])
    hash.update(packages[`node_modules/${name}`].integrity);
  return hash.digest("hex");
}
