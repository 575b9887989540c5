// The brand's logo: what can be drawn is drawn, what cannot is refused at once.
import { describe, expect, test } from "bun:test";
import { deflateSync } from "node:zlib";
import { logoProblem } from "../../../src/report/pdf/press/logo.ts";
import { objectsOf } from "./pdfFile.ts";
import { renderSample } from "./readPdf.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Colour types of PNG. */
const KINDS = { RGB: 2, RGBA: 6 } as const;

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, Bun.hash.crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** A PNG of 4 × 2 points in one colour; `data` in place of its pixels, if given. */
function aPng(kind: keyof typeof KINDS = "RGBA", data?: Uint8Array): Uint8Array {
  const header = new Uint8Array([0, 0, 0, 4, 0, 0, 0, 2, 8, KINDS[kind], 0, 0, 0]);
  const row = [0, ...Array.from({ length: 4 * (kind === "RGBA" ? 4 : 3) }, () => 0x80)];
  const pixels = data ?? deflateSync(new Uint8Array([...row, ...row]));
  const parts = [
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("IDAT", pixels),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

const brand = (logo: Uint8Array) => ({ brand: { color: "#1f4e8c", logo, name: "Example" } });

describe("a logo", () => {
  test("with and without transparency is in the file", async () => {
    for (const kind of ["RGB", "RGBA"] as const) {
      const objects = objectsOf(await renderSample({ sites: 1 }, brand(aPng(kind)))) as Record<
        string,
        unknown
      >[];
      expect(objects.some((object) => object?.["/Subtype"] === "/Image")).toBe(true);
    }
  });

  test("that is cut off, damaged or something else is refused", async () => {
    expect(logoProblem(aPng())).toBeNull();
    expect(logoProblem(aPng().subarray(0, 50))).toContain("cut off");
    expect(logoProblem(aPng("RGBA", new Uint8Array([1, 2, 3])))).toContain("damaged");
    expect(logoProblem(new TextEncoder().encode("<svg/>"))).toContain("neither");
    expect(logoProblem(new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 2, 0, 0]))).toContain("damaged");
    await expect(renderSample({ sites: 1 }, brand(aPng("RGBA", new Uint8Array([1]))))).rejects.toThrow(
      "damaged",
    );
  });

  test("as a JPEG is known by its frame", () => {
    const frame = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0];
    expect(logoProblem(new Uint8Array(frame))).toBeNull();
  });
});
