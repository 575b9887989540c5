// Texts before they are set: cleaning what users wrote, and breaking it into lines that fit a width.
import type { Face } from "./face.ts";
import type { Style } from "./theme.ts";

const SPACES = /\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
const PLAIN = /^[\u0020-\u007e]*$/;

/**
 * A user's text as it is printed: one line of well-formed, composed Unicode. Line breaks and tabs become
 * spaces, other control characters vanish, half a surrogate pair becomes a replacement character.
 */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(SPACES, " ").replace(CONTROLS, "").toWellFormed().normalize("NFC");
}

const SPACE = /^[ \u1680\u2000-\u2006\u2008-\u200b\u205f\u3000]$/;
const BREAK_AFTER = "-‐–—/\\,;|";
const LETTER = /^\p{L}$/u;
const IDEOGRAPH = /^[\u2e80-\u2fff\u3041-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]$/u;

/**
 * Cuts a text where a line may end: after spaces, at zero-width spaces, after a hyphen or slash before a
 * letter (so not within dates and ranges of numbers), and between ideographs.
 */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let previous = "";
  let at = 0;
  for (const character of text) {
    const mayBreak = SPACE.test(previous)
      ? !SPACE.test(character)
      : (BREAK_AFTER.includes(previous) && LETTER.test(character)) ||
        (IDEOGRAPH.test(character) && IDEOGRAPH.test(previous));
    if (mayBreak && at > start) {
      pieces.push(text.slice(start, at));
      start = at;
    }
    previous = character;
    at += character.length;
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** Breaks cleaned text into lines no wider than `width` points. A word that is wider is broken anywhere. */
export function linesOf(face: Face, text: string, style: Style, width: number): string[] {
  if (face.widthOf(text, style.size, style.digits) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  let lineWidth = 0;
  for (const piece of piecesOf(text)) {
    const pieceWidth = face.widthOf(piece, style.size, style.digits);
    const visible = piece.trimEnd();
    const visibleWidth = visible === piece ? pieceWidth : face.widthOf(visible, style.size, style.digits);
    if (lineWidth + visibleWidth <= width) {
      line += piece;
      lineWidth += pieceWidth;
      continue;
    }
    if (line !== "") lines.push(line.trimEnd());
    if (visibleWidth <= width) {
      line = piece;
    } else {
      const parts = brokenAnywhere(face, visible, style, width);
      lines.push(...parts.slice(0, -1));
      line = (parts.at(-1) ?? "") + piece.slice(visible.length);
    }
    lineWidth = face.widthOf(line, style.size, style.digits);
  }
  if (line.trimEnd() !== "" || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}

const MARK = /^(?:[\u0300-\u036f]|\u200d|\ufe0f)/;

function brokenAnywhere(face: Face, word: string, style: Style, width: number): string[] {
  const parts: string[] = [];
  let part = "";
  let sum = 0;
  for (const character of word) {
    sum += face.widthOf(character, style.size, style.digits);
    // The sum leaves kerning out: near the edge the part is measured as a whole.
    const isOver = sum > 0.9 * width && face.widthOf(part + character, style.size, style.digits) > width;
    // A mark stays with its letter.
    if (isOver && part !== "" && !MARK.test(character)) {
      parts.push(part);
      part = "";
      sum = face.widthOf(character, style.size, style.digits);
    }
    part += character;
  }
  if (part !== "") parts.push(part);
  return parts;
}

/** The text, or as much of its beginning as fits with an ellipsis. Only where the whole text stands elsewhere. */
export function shortened(face: Face, text: string, style: Style, width: number): string {
  if (face.widthOf(text, style.size, style.digits) <= width) return text;
  const room = width - face.widthOf("…", style.size, style.digits);
  const [start = ""] = brokenAnywhere(face, text, style, room);
  return `${start.trimEnd()}…`;
}
