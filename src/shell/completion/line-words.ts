/** The words of a command's line up to the cursor, and the one that the cursor is in. */

export interface LineWords {
  /** Complete words before the cursor's, without quotes; the first is the command. */
  readonly before: readonly string[];
  /** The word at the cursor as far as it is typed, without quotes. */
  readonly typed: string;
  /** Where what is typed begins in the line, after an open quote and after `--option=`. */
  readonly from: number;
  /** The option before `=` in the same word. */
  readonly option: string | null;
  readonly quote: string | null;
}

export function lineWords(line: string): LineWords {
  const before: string[] = [];
  let word: string | null = null;
  let from = 0;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] as string;
    if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      if (word === null) from = at + 1;
      word ??= '';
    } else if (/[\s\u3000]/.test(character)) {
      if (word !== null) before.push(word);
      word = null;
    } else {
      if (word === null) from = at;
      word = (word ?? '') + character;
    }
  }
  const typed = word ?? '';
  const start = word === null ? line.length : from;
  const equals = quote === null ? /^(--[\w-]+)=/.exec(typed) : null;
  if (equals) {
    const [whole, option = ''] = equals;
    return { before, typed: typed.slice(whole.length), from: start + whole.length, option, quote };
  }
  return { before, typed, from: start, option: null, quote };
}
