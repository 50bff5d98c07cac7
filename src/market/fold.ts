/**
 * Full-width forms typed under a Chinese input method, folded to the ASCII that they stand for, and blanks at the ends
 * removed. Text stays text: nothing else is changed.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[。・]/g, '.')
    .replace(/[‐‑‒–—−]/g, '-')
    .trim();
}

/** Text of a person or a file as it may stand inside a sentence: cut to `most` characters. */
export function quoted(text: string, most = 40): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
