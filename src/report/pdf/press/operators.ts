// A page's operators as they are written: bytes in one growing buffer. Strings put together would cost
// more time, most of it in collecting garbage, than all that is computed for a report.

const BACKSLASH = 0x5c;
const CARRIAGE_RETURN = 0x0d;

export class Operators {
  private bytes = new Uint8Array(16_384);
  private length = 0;

  /** What has been written, as a view that the next write may overwrite. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** Starts again from nothing, in the same buffer. */
  clear(): void {
    this.length = 0;
  }

  /** How much has been written; `rewind` to it takes back what came after. */
  get position(): number {
    return this.length;
  }

  rewind(position: number): void {
    this.length = position;
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
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** Appends a number and a space. Hundredths of a point are finer than any printer. */
  number(value: number): void {
    this.reserve(25);
    const hundredths = Math.round(value * 100);
    let rest = hundredths;
    if (rest < 0) {
      this.bytes[this.length++] = 0x2d;
      rest = -rest;
    }
    const whole = Math.floor(rest / 100);
    this.digits(whole);
    const fraction = rest - whole * 100;
    if (fraction !== 0) {
      this.bytes[this.length++] = 0x2e;
      this.bytes[this.length++] = 0x30 + Math.floor(fraction / 10);
      if (fraction % 10 !== 0) this.bytes[this.length++] = 0x30 + (fraction % 10);
    }
    this.bytes[this.length++] = 0x20;
  }

  /** Appends two bytes within a literal string: brackets and backslash escaped, and a carriage return, which would be read as a line feed. */
  glyph(code: number): void {
    this.reserve(4);
    this.stringByte(code >> 8);
    this.stringByte(code & 0xff);
  }

  /** Appends the number of a glyph whose bytes need not be escaped. */
  plainGlyph(code: number): void {
    this.reserve(2);
    this.bytes[this.length++] = code >> 8;
    this.bytes[this.length++] = code & 0xff;
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

  private digits(whole: number): void {
    let divisor = 1;
    while (divisor * 10 <= whole) divisor *= 10;
    for (; divisor >= 1; divisor /= 10) this.bytes[this.length++] = 0x30 + (Math.floor(whole / divisor) % 10);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes);
    this.bytes = grown;
  }
}
