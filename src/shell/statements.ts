/**
 * A text cut into SQL statements and commands, for the prompt, `-c`, `-f` and standard input alike.
 *
 * 1. A first word that is a command's name, with or without a leading dot, is a command; it ends at the end of its line, or
 *    at a `;` outside quotes.
 * 2. A first word that no SQL statement begins with is taken for a mistyped command, which also ends with its line.
 * 3. Everything else is SQL, complete at `;`.
 * Blank text and comments between them belong to nobody.
 */
import { endOfLine, scanStatement, skipBlank } from './sql-lexer.ts';
import { statementWords } from './sql-words.ts';

/** Why a text is not complete: what is open at its end. */
export type Openness = 'statement' | 'quote' | 'identifier' | 'dollar' | 'comment' | 'bracket';

export type Piece =
  | {
      readonly kind: 'command';
      /** Name without the dot, lower case. */
      readonly name: string;
      /** The line without the dot and without a closing semicolon. */
      readonly text: string;
      readonly start: number;
      readonly end: number;
    }
  | {
      readonly kind: 'sql';
      /** Folded to ASCII punctuation outside quotes, without the semicolon. Offsets in it are offsets in the text + start. */
      readonly text: string;
      readonly start: number;
      readonly end: number;
    };

export interface Split {
  readonly pieces: readonly Piece[];
  /** What the last piece, or a comment at the end, leaves open; null when the text is complete. */
  readonly open: Openness | null;
}

/** Tells whether the first word, given with what follows it on its line, is a command's. */
export type IsCommand = (name: string, rest: string) => boolean;

const firstWord = /^(\.?)([\p{L}_][\p{L}\p{N}_-]*|\d{6})(?![\p{L}\p{N}_(])/u;

export function splitText(text: string, isCommand: IsCommand): Split {
  const pieces: Piece[] = [];
  let at = 0;
  for (;;) {
    const blank = skipBlank(text, at);
    if (blank.open) return { pieces, open: 'comment' };
    at = blank.at;
    if (at >= text.length) return { pieces, open: null };
    if (text[at] === ';' || text[at] === '；') {
      at++;
      continue;
    }
    const command = commandAt(text, at, isCommand);
    if (command) {
      pieces.push(command.piece);
      at = command.next;
      continue;
    }
    const { start, end, sql, next, open } = scanStatement(text, at);
    pieces.push({ kind: 'sql', text: sql, start, end });
    if (open) return { pieces, open };
    at = next;
  }
}

function commandAt(text: string, start: number, isCommand: IsCommand): { piece: Piece; next: number } | null {
  const [whole, dot, word] = firstWord.exec(text.slice(start, start + 80)) ?? [];
  if (whole === undefined || word === undefined) return null;
  const name = word.toLowerCase();
  const lineEnd = endOfLine(text, start);
  const rest = text.slice(start + whole.length, lineEnd);
  const known = isCommand(name, rest);
  if (!known && dot === '' && statementWords.has(name)) return null;
  const length = commandLength(text.slice(start, lineEnd));
  const line = text.slice(start, start + length).trimEnd();
  const piece: Piece = {
    kind: 'command',
    name,
    text: line.slice(dot === '.' ? 1 : 0),
    start,
    end: start + line.length,
  };
  const terminator = text[start + length];
  return { piece, next: start + length + (terminator === ';' || terminator === '；' ? 1 : 0) };
}

/** Up to the first semicolon outside quotes, or the whole line. */
function commandLength(line: string): number {
  let quote = '';
  for (const [index, character] of [...line].entries()) {
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === ';' || character === '；') {
      return [...line].slice(0, index).join('').length;
    }
  }
  return line.length;
}

/** Line, column (from 1, in code points) and the whole line at an offset (UTF-16) of a text. */
export function placeAt(text: string, offset: number): { line: number; column: number; text: string } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    line: before.split('\n').length,
    column: [...before.slice(lineStart)].length + 1,
    text: text.slice(lineStart, endOfLine(text, offset)).replace(/\r$/, ''),
  };
}
