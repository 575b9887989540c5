// Text from elsewhere that a terminal or a log shows: what would steer it is shown instead of sent.

/** C0, DEL and C1; what ends lines; what turns the direction of letters. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line in which control characters and marks of direction stand as \uXXXX. What was JSON means the same. */
export function visible(line: string): string {
  return line.replace(STEERING, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
