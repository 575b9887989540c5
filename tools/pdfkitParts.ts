// What the program has in place of libraries that pdfkit imports and that its PDFs do without: it opens no font
// and sets no text by pdfkit (press/ does), and encrypts nothing. Loading them takes longer than all else of a
// small report.
const left = (): never => {
  throw new Error("this part of pdfkit is left out of the program: see tools/pdfkitParts.ts");
};

// biome-ignore lint/style/noDefaultExport: linebreak has one
export { left as cbc, left as create, left as default, left as ecb };
