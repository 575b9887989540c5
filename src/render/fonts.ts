// The typeface of the reports (Inter): prepared when the program is built, and beside it whole, for texts with
// characters that are not prepared. What is drawn with it is in report/pdf.
import { readFileSync } from "node:fs";
import regular from "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf" with { type: "file" };
import medium from "@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf" with { type: "file" };
import bold from "@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf" with { type: "file" };
import type { FontSource } from "../report/pdf/press/face.ts";
import { type FontFile, fontFileOf, type ParsedFont } from "../report/pdf/press/fontFile.ts";
import type { Fonts } from "../report/pdf/press/paper.ts";
import { readPreparedFont } from "../report/pdf/press/preparedFont.ts";

declare const BUILD_VERSION: string | undefined;

/** Reads the three weights, about 50 kB each. Works on the main thread, in workers and in tests alike. */
export async function loadFonts(): Promise<Fonts> {
  const prepared =
    typeof BUILD_VERSION === "undefined"
      ? await (await import("./fontsOfSources.ts")).preparedFonts()
      : await import("./fontsOfBuild.ts");
  const source = async (path: string, whole: string): Promise<FontSource> => ({
    prepared: readPreparedFont(await Bun.file(path).bytes()),
    whole: openedOnce(whole),
  });
  const sources = [
    source(prepared.regular, regular),
    source(prepared.medium, medium),
    source(prepared.bold, bold),
  ] as const;
  const [regularFont, mediumFont, boldFont] = await Promise.all(sources);
  return { regular: regularFont, medium: mediumFont, bold: boldFont };
}

function openedOnce(path: string): () => FontFile {
  let file: FontFile | null = null;
  return () => {
    file ??= openFont(path);
    return file;
  };
}

/** fontkit is loaded here and not before: with what it needs it takes longer to load than all else of a PDF. */
function openFont(path: string): FontFile {
  const { create } = require("fontkit") as { create(bytes: Uint8Array): ParsedFont };
  const bytes = new Uint8Array(readFileSync(path));
  return fontFileOf(bytes, create(bytes));
}
