// The end of a page: its operators become the compressed content stream that pdfkit writes to the file.

/** The operators of one page: areas and lines, which lie under the text, and the text with its tags. */
export type Layers = { under: string[]; over: string[] };

/** pdfkit's stream object behind a page; the types leave out what is needed to write it compressed. */
type ContentStream = { compress: boolean; data: Record<string, unknown>; write(bytes: Uint8Array): void };

/** Ten times as quick as the highest level, for files a fifth larger. */
const COMPRESSION_LEVEL = 3;

/** Writes the operators of a finished page into its content stream. */
export function sealPage(page: PDFKit.PDFPage, { under, over }: Layers): void {
  const operators = [
    // From here on y runs downwards from the top.
    `1 0 0 -1 0 ${page.height} cm /Artifact BMC q`,
    ...under,
    "Q EMC",
    ...over,
  ].join("\n");
  const content = page.content as unknown as ContentStream;
  content.compress = false;
  content.data["Filter"] = "FlateDecode";
  // Glyph numbers are bytes of strings in the operators, hence one byte for each character.
  content.write(zlibStream(Buffer.from(operators, "latin1")));
}

/** Compresses into the form that PDF asks for: Bun's deflate wrapped into the header and checksum of zlib. */
function zlibStream(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const deflated = Bun.deflateSync(bytes, { level: COMPRESSION_LEVEL, library: "libdeflate" });
  const stream = new Uint8Array(deflated.length + 6);
  stream.set([0x78, 0x01]);
  stream.set(deflated, 2);
  new DataView(stream.buffer).setUint32(deflated.length + 2, Bun.hash.adler32(bytes));
  return stream;
}
