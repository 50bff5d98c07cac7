/**
 * Where in a text the cursor stands: in a comment, in a command's line, or in a statement, and there in a quote or at a word. Text
 * after the cursor counts too: `select cl▏ from daily` stands in a statement that reads daily.
 */
import { scanStatement } from '../sql-lexer.ts';
import { type SqlToken, sqlTokens } from '../sql-tokens.ts';
import { type IsCommand, type Piece, splitText } from '../statements.ts';

export type Cursor =
  /** A comment, a dollar quote, the middle of a number: nothing can be offered. */
  | { readonly at: 'nothing' }
  /** The first word of a statement or command, as far as it is typed. */
  | { readonly at: 'first-word'; readonly from: number; readonly to: number; readonly typed: string }
  | {
      readonly at: 'command';
      readonly name: string;
      /** The line up to the cursor, from the command's first character on, and where that stands in the text. */
      readonly line: string;
      readonly start: number;
    }
  | StatementCursor;

export interface StatementCursor {
  readonly at: 'statement';
  readonly quoted: 'none' | 'string' | 'name';
  /** What a candidate replaces; of a string only its inside, of a quoted name the quotes too. */
  readonly from: number;
  readonly to: number;
  /** Between `from` and the cursor; of a quoted name what stands in the quotes. */
  readonly typed: string;
  /** The statement up to the cursor's word, folded. */
  readonly before: string;
  /** Tokens of the whole statement; one of them stands for what the cursor is at. */
  readonly tokens: readonly SqlToken[];
  /** The index of that token. */
  readonly index: number;
  /** The first character after the replaced part. */
  readonly next: string;
}

const nothing: Cursor = { at: 'nothing' };
const wordBefore = /[\p{L}\p{N}\p{M}_$]*$/u;
const wordAfter = /^[\p{L}\p{N}\p{M}_$]*/u;
/** A word that no statement holds, in place of the one at the cursor. */
const marker = 'cursor_\u02d1here';

export function cursorIn(text: string, cursor: number, isCommand: IsCommand): Cursor {
  const before = text.slice(0, cursor);
  const { pieces, open } = splitText(before, isCommand);
  const last = pieces.at(-1);
  if (open === 'comment' || open === 'dollar') return nothing;
  const tail = before.slice(last?.end ?? 0);
  const inside =
    last !== undefined &&
    (last.kind === 'sql' ? open !== null : !/[\n;；]/.test(tail) && (tail === '' || known(last, isCommand)));
  if (!inside) {
    if (inLineComment(tail)) return nothing;
    return {
      at: 'first-word',
      from: cursor,
      to: cursor + (wordAfter.exec(text.slice(cursor))?.[0].length ?? 0),
      typed: '',
    };
  }
  const whole = before.slice(last.start);
  if (/^\.?[\p{L}_][\p{L}\p{N}_-]*$/u.test(whole)) {
    const dot = whole.startsWith('.') ? 1 : 0;
    const to = cursor + (wordAfter.exec(text.slice(cursor))?.[0].length ?? 0);
    return { at: 'first-word', from: last.start + dot, to, typed: whole.slice(dot) };
  }
  if (last.kind === 'command') {
    return known(last, isCommand) ? { at: 'command', name: last.name, line: whole, start: last.start } : nothing;
  }
  return statementCursor(text, cursor, last.start, last.text, open);
}

function known(piece: Piece, isCommand: IsCommand): boolean {
  return piece.kind === 'command' && isCommand(piece.name, piece.text.slice(piece.name.length));
}

function inLineComment(tail: string): boolean {
  return /--[^\n]*$/.test(tail.replace(/\/\*[\s\S]*?\*\//g, ' '));
}

function statementCursor(text: string, cursor: number, start: number, trimmed: string, open: string | null): Cursor {
  const length = cursor - start;
  // The splitter leaves out blanks at the end.
  const folded = trimmed + ' '.repeat(Math.max(0, length - trimmed.length));
  const rest = scanStatement(text, start).sql.slice(length);
  if (open === 'quote' || open === 'identifier') {
    const tokens = sqlTokens(folded);
    const opening = openingOf(folded, tokens, open);
    if (opening === null) return nothing;
    const quote = open === 'quote' ? "'" : '"';
    const after = text.slice(cursor).split('\n', 1).join('');
    const closing = after.indexOf(quote);
    const end = closing < 0 ? cursor : cursor + closing + 1;
    const beforeQuote = folded.slice(0, opening);
    const tokensAround = sqlTokens(`${beforeQuote}${marker} ${text.slice(end, statementEnd(text, end))}`);
    return {
      at: 'statement',
      quoted: open === 'quote' ? 'string' : 'name',
      from: open === 'quote' ? start + opening + 1 : start + opening,
      to: open === 'quote' ? cursor : end,
      typed: folded.slice(opening + 1),
      before: beforeQuote,
      tokens: tokensAround,
      index: tokensAround.findIndex(token => token.at === opening),
      next: text[open === 'quote' ? cursor : end] ?? '',
    };
  }
  if (inLineComment(folded.slice(lastTokenEnd(folded)))) return nothing;
  const typed = wordBefore.exec(folded)?.[0] ?? '';
  if (/^\d/.test(typed)) return nothing;
  const before = folded.slice(0, folded.length - typed.length);
  const following = wordAfter.exec(rest)?.[0] ?? '';
  const tokens = sqlTokens(`${before}${marker} ${rest.slice(following.length)}`);
  return {
    at: 'statement',
    quoted: 'none',
    from: cursor - typed.length,
    to: cursor + following.length,
    typed,
    before,
    tokens,
    index: tokens.findIndex(token => token.at === before.length),
    next: rest[following.length] ?? '',
  };
}

/** Offset of the quote that is open at the end. */
function openingOf(folded: string, tokens: readonly SqlToken[], open: 'quote' | 'identifier'): number | null {
  const last = tokens.at(-1);
  const kind = open === 'quote' ? 'string' : 'name';
  if (last && last.kind === kind && last.at + last.length === folded.length) {
    const prefix = /^[eE]/.test(folded.slice(last.at)) ? 1 : 0;
    return last.at + prefix;
  }
  const chinese = folded.search(open === 'quote' ? /[‘’][^‘’]*$/ : /[“”][^“”]*$/);
  return chinese < 0 ? null : chinese;
}

function statementEnd(text: string, from: number): number {
  const end = text.slice(from).search(/[;；]/);
  return end < 0 ? text.length : from + end;
}

function lastTokenEnd(sql: string): number {
  const last = sqlTokens(sql).at(-1);
  return last ? last.at + last.length : 0;
}
