// Characters that are shown as nothing by definition.

/** Soft hyphen, joiners, directional marks, variation selectors, byte order mark. */
export function isInvisible(codePoint: number): boolean {
  if (codePoint < 0x2000) return codePoint === 0xad || codePoint === 0x34f || codePoint === 0x61c;
  return (
    (codePoint >= 0x200b && codePoint <= 0x200f) ||
    (codePoint >= 0x202a && codePoint <= 0x202e) ||
    (codePoint >= 0x2060 && codePoint <= 0x206f) ||
    (codePoint >= 0xfe00 && codePoint <= 0xfe0f) ||
    codePoint === 0xfeff ||
    (codePoint >= 0xe0000 && codePoint <= 0xe0fff)
  );
}
