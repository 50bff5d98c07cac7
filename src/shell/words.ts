/**
 * A command line cut into words as a plain shell would: blanks divide, single and double quotes keep together what stands in
 * them (also in the middle of a word), a backslash inside double quotes escapes `"` and `\`. Nothing is expanded. Full-width
 * blanks, commas and quotes outside quotes count as their twins; a comma between words divides like a blank.
 */
import { Problem } from '../market/problem.ts';

const opening: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  '“': '"“”',
  '”': '"“”',
  '‘': "'‘’",
  '’': "'‘’",
};

export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let at = 0;
  while (at < line.length) {
    const character = line[at] as string;
    const closers = opening[character];
    if (closers !== undefined) {
      word ??= '';
      const escapes = character === '"';
      at++;
      for (;;) {
        const inner = line[at];
        if (inner === undefined) {
          throw new Problem('usage', `the quote in ${JSON.stringify(line)} is not closed.`, {
            next: `close it with ${closers[0]}`,
          });
        }
        if (closers.includes(inner)) break;
        if (escapes && inner === '\\' && (line[at + 1] === '"' || line[at + 1] === '\\')) at++;
        word += line[at];
        at++;
      }
      at++;
    } else if (/[\s\u3000]/.test(character) || ((character === ',' || character === '，') && endsWord(line, at))) {
      if (word !== null) words.push(word);
      word = null;
      at++;
    } else {
      word = (word ?? '') + character;
      at++;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

/** A comma divides words when a blank follows it: `600519, 000001`; `a,b` stays one word. */
function endsWord(line: string, at: number): boolean {
  return at + 1 >= line.length || /[\s\u3000]/.test(line[at + 1] as string);
}

/** A word as it must be typed to mean itself. */
export function quotedWord(word: string): string {
  if (word !== '' && !/[\s\u3000,;，；'"“”‘’\\]/.test(word)) return word;
  return word.includes("'") ? `"${word.replace(/["\\]/g, '\\$&')}"` : `'${word}'`;
}
