// The content streams of a page, from their operators to what pdfkit writes into the file.
import { Operators } from "./operators.ts";

/** A stream object of pdfkit's; the types leave out what is needed to write it compressed. */
export type ContentStream = {
  compress: boolean;
  data: Record<string, unknown>;
  write(bytes: Uint8Array): void;
  end(): void;
};

/** Half the time of the usual level 6, for files a tenth larger. */
const COMPRESSION_LEVEL = 1;

/** One buffer for all: what is put together here is compressed before the next. */
const scratch = new Operators();

/**
 * Writes two layers of operators into a content stream: areas and lines, with y downwards and decoration to readers'
 * software, under text with its tags.
 */
export function seal(
  content: ContentStream,
  layers: { under: Operators; over: Operators },
  height: number,
): void {
  scratch.clear();
  scratch.text(`/Artifact BMC q 1 0 0 -1 0 ${height} cm\n`);
  scratch.append(layers.under.written());
  scratch.text("Q EMC\n");
  scratch.append(layers.over.written());
  content.compress = false;
  content.data["Filter"] = "FlateDecode";
  content.write(zlibStream(scratch.written(), COMPRESSION_LEVEL));
}

/** Compresses into the form that PDF asks for: Bun's deflate wrapped into the header and checksum of zlib. */
export function zlibStream(bytes: Uint8Array<ArrayBuffer>, level: 1 | 6): Uint8Array {
  const deflated = Bun.deflateSync(bytes, { level, library: "libdeflate" });
  const stream = new Uint8Array(deflated.length + 6);
  stream.set([0x78, 0x01]);
  stream.set(deflated, 2);
  new DataView(stream.buffer).setUint32(deflated.length + 2, Bun.hash.adler32(bytes));
  return stream;
}
