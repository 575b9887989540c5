// The word that somebody probably meant.

/**
 * The word of a list that takes the fewest changes (a letter more, less, another, or two swapped) to become `given`;
 * null when every one takes more than `most`. In any case; of equals, the first.
 */
export function nearestOf(given: string, words: Iterable<string>, most = 3): string | null {
  let nearest: string | null = null;
  let fewest = most + 1;
  for (const word of words) {
    const changes = changesBetween(given.toLowerCase(), word.toLowerCase());
    if (changes < fewest) [nearest, fewest] = [word, changes];
  }
  return nearest;
}

/** The distance of Damerau and Levenshtein, with no letter changed twice. */
function changesBetween(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const ways = [at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1)];
      if (isSwapped) ways.push(at(before, j - 2) + 1);
      row.push(Math.min(...ways));
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

const at = (row: readonly number[], index: number) => row[index] as number;
