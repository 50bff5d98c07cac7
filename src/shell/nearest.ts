/** The words nearest to a mistyped one, best first. */
export function nearest(typed: string, words: readonly string[], most = 3): string[] {
  const wanted = typed.toLowerCase();
  return words
    .map(word => ({ word, distance: distanceOf(wanted, word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= allowed(wanted, word))
    .sort((a, b) => a.distance - b.distance || a.word.length - b.word.length || (a.word < b.word ? -1 : 1))
    .slice(0, most)
    .map(({ word }) => word);
}

function allowed(typed: string, word: string): number {
  return Math.max(1, Math.floor(Math.max(typed.length, word.length) / 3));
}

/** Edits (insert, delete, replace, swap of neighbours) from one word to the other; a beginning counts as one edit. */
function distanceOf(typed: string, word: string): number {
  if (typed.length >= 2 && word.startsWith(typed)) return 1;
  const width = word.length + 1;
  const rows: number[][] = Array.from({ length: typed.length + 1 }, (_, i) =>
    Array.from({ length: width }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= typed.length; i++) {
    for (let j = 1; j <= word.length; j++) {
      const same = typed[i - 1] === word[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && typed[i - 1] === word[j - 2] && typed[i - 2] === word[j - 1]) {
        best = Math.min(best, at(i - 2, j - 2) + 1);
      }
      (rows[i] as number[])[j] = best;
    }
  }
  return at(typed.length, word.length);
}
