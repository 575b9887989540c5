// A page's operators as they are written: bytes in one growing buffer. Strings put together would cost
// more time, most of it in collecting garbage, than all that is computed for a report.

const BACKSLASH = 0x5c;
const CARRIAGE_RETURN = 0x0d;
/** Numbers below have hundredths of at most 31 bits. */
const MOST_QUICK = 20_000_000;

export class Operators {
  private bytes = new Uint8Array(16_384);
  /** The same bytes, for texts. */
  private asText = Buffer.from(this.bytes.buffer);
  private length = 0;

  /** What has been written, as a view that the next write may overwrite. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Starts again from nothing, in the same buffer. */
  clear(): void {
    this.length = 0;
  }

  /** How much has been written; `endAt` it takes back what came after. */
  get position(): number {
    return this.length;
  }

  endAt(position: number): void {
    this.length = position;
  }

  /** The buffer, with room from `position` on for bytes that the caller writes there, who then says where they end. */
  room(length: number): Uint8Array {
    this.reserve(length);
    return this.bytes;
  }

  /** A copy of what was written from a position on. */
  since(position: number): Uint8Array {
    return this.bytes.slice(position, this.length);
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends operators or names; only characters below 256. */
  text(text: string): void {
    this.reserve(text.length);
    this.asText.write(text, this.length, "latin1");
    this.length += text.length;
  }

  /** Appends a number and a space. Hundredths of a point are finer than any printer. */
  number(value: number): void {
    this.reserve(25);
    const { bytes } = this;
    let at = this.length;
    // No loop and no call: nearly all numbers are places on a page, and most are written before this is compiled.
    const positive = value < 0 ? -value : value;
    const rest = positive < MOST_QUICK ? (positive * 100 + 0.5) | 0 : Math.round(positive * 100);
    if (value < 0 && rest !== 0) bytes[at++] = 0x2d;
    const whole = positive < MOST_QUICK ? (rest / 100) | 0 : Math.floor(rest / 100);
    if (whole < 10) bytes[at++] = 0x30 + whole;
    else if (whole < 100) {
      bytes[at++] = 0x30 + ((whole / 10) | 0);
      bytes[at++] = 0x30 + (whole % 10);
    } else if (whole < 1000) {
      bytes[at++] = 0x30 + ((whole / 100) | 0);
      bytes[at++] = 0x30 + (((whole / 10) | 0) % 10);
      bytes[at++] = 0x30 + (whole % 10);
    } else at = this.digits(whole, at);
    const fraction = rest - whole * 100;
    if (fraction !== 0) {
      bytes[at++] = 0x2e;
      bytes[at++] = 0x30 + ((fraction / 10) | 0);
      if (fraction % 10 !== 0) bytes[at++] = 0x30 + (fraction % 10);
    }
    bytes[at++] = 0x20;
    this.length = at;
  }

  /** Appends two bytes within a literal string: brackets and backslash escaped, and a carriage return, which would be read as a line feed. */
  glyph(code: number): void {
    this.reserve(4);
    this.stringByte(code >> 8);
    this.stringByte(code & 0xff);
  }

  /** Ends a literal string within a TJ operand, moves on by thousandths of the size, and starts the next string. */
  move(thousandths: number): void {
    if (thousandths === 0) return;
    this.reserve(1);
    this.bytes[this.length++] = 0x29;
    // TJ takes what is to be subtracted.
    this.number(-Math.round(thousandths));
    this.bytes[this.length++] = 0x28;
  }

  private stringByte(byte: number): void {
    if (byte === CARRIAGE_RETURN) {
      this.bytes[this.length++] = BACKSLASH;
      this.bytes[this.length++] = 0x72;
      return;
    }
    if (byte === 0x28 || byte === 0x29 || byte === BACKSLASH) this.bytes[this.length++] = BACKSLASH;
    this.bytes[this.length++] = byte;
  }

  private digits(whole: number, at: number): number {
    const text = String(whole);
    this.asText.write(text, at, "latin1");
    return at + text.length;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes);
    this.bytes = grown;
    this.asText = Buffer.from(grown.buffer);
  }
}
