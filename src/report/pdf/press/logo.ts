// Whether a brand's logo can be drawn. pdfkit takes some damaged images in, and fails later where nobody can
// catch it: such a report would never end.
import { inflateSync } from "node:zlib";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

/** What is wrong with an image file, in a sentence; null if it is a PNG or JPEG that can be drawn. */
export function logoProblem(bytes: Uint8Array): string | null {
  const startsWith = (signature: number[]) => signature.every((byte, index) => bytes[index] === byte);
  if (startsWith(PNG)) return pngProblem(bytes);
  if (startsWith(JPEG)) return hasFrame(bytes) ? null : "The JPEG of the logo is damaged.";
  return "The logo is neither a PNG nor a JPEG file.";
}

function pngProblem(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let at = PNG.length;
  let type = "";
  while (type !== "IEND") {
    if (at + 12 > bytes.length) return "The PNG of the logo is cut off.";
    const length = view.getUint32(at);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) return "The PNG of the logo is cut off.";
    if (type === "IDAT") data.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  try {
    const pixels = inflateSync(Buffer.concat(data));
    return pixels.length > 0 ? null : "The PNG of the logo is empty.";
  } catch {
    return "The PNG of the logo is damaged.";
  }
}

/** Whether one of the segments of a JPEG tells its size, before the pixels begin. */
function hasFrame(bytes: Uint8Array): boolean {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] as number;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return true;
    at += 2 + ((bytes[at + 2] as number) << 8) + (bytes[at + 3] as number);
  }
  return false;
}
