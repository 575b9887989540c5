// The typeface of the reports (Inter), embedded in the binary. What is drawn with it is in report/pdf.

import regular from "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf" with { type: "file" };
import medium from "@expo-google-fonts/inter/500Medium/Inter_500Medium.ttf" with { type: "file" };
import bold from "@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf" with { type: "file" };
import type { Fonts } from "../report/pdf/press/paper.ts";

/** Reads the three weights, about 340 kB each. Works on the main thread, in workers and in tests alike. */
export async function loadFonts(): Promise<Fonts> {
  const [regularBytes, mediumBytes, boldBytes] = await Promise.all([
    Bun.file(regular).bytes(),
    Bun.file(medium).bytes(),
    Bun.file(bold).bytes(),
  ]);
  return { regular: regularBytes, medium: mediumBytes, bold: boldBytes };
}
