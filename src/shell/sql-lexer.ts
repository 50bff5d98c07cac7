/**
 * The outer grammar of SQL text as DuckDB reads it: what is quoted, what is a comment, where a statement ends. It knows no
 * keyword. Full-width punctuation outside quotes and comments counts as its ASCII twin (`；` ends a statement), and a quote
 * opened with a Chinese quotation mark may close with one.
 *
 * 1. `'…'` with `''` inside; `e'…'` also with backslashes. 2. `"…"` with `""` inside. 3. `$tag$…$tag$`. 4. `-- …` to the end
 * of the line. 5. block comments, nested. 6. brackets, counted only to tell what is open.
 */
import type { Openness } from './statements.ts';

/** What the text outside quotes and comments is folded to; each is one UTF-16 unit for one. */
const twins: Readonly<Record<string, string>> = {
  '；': ';',
  '，': ',',
  '（': '(',
  '）': ')',
  '＝': '=',
  '＞': '>',
  '＜': '<',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '。': '.',
  '＊': '*',
  '！': '!',
  '：': ':',
  '［': '[',
  '］': ']',
  '\u3000': ' ',
};

export interface ScannedStatement {
  /** Offsets in the text (UTF-16): of the first character that is neither blank nor comment, and after the last one. */
  readonly start: number;
  readonly end: number;
  /** Folded, from `start` to `end`, without the semicolon. */
  readonly sql: string;
  /** Offset after the semicolon, or the end of the text. */
  readonly next: number;
  /** Null when the statement ended with a semicolon, else what is open at the end of the text. */
  readonly open: Openness | null;
}

const identifierPart = /[\p{L}\p{N}_$\u{80}-\u{10ffff}]/u;

/**
 * Offset of the first character at or after `from` that is neither blank nor inside a comment. `open` tells that the text
 * ends inside a block comment.
 */
export function skipBlank(text: string, from: number): { readonly at: number; readonly open: boolean } {
  let at = from;
  while (at < text.length) {
    if (/[\s\u3000\ufeff]/.test(text[at] as string)) {
      at++;
    } else if (text.startsWith('--', at)) {
      at = endOfLine(text, at);
    } else if (text.startsWith('/*', at)) {
      const end = endOfComment(text, at);
      if (end === null) return { at: text.length, open: true };
      at = end;
    } else {
      break;
    }
  }
  return { at, open: false };
}

export function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Offset after a block comment that starts at `from`, with the comments nested in it; null when it does not end. */
function endOfComment(text: string, from: number): number | null {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    if (text.startsWith('/*', at)) {
      depth++;
      at += 2;
    } else if (text.startsWith('*/', at)) {
      depth--;
      at += 2;
      if (depth === 0) return at;
    } else {
      at++;
    }
  }
  return null;
}

/** One statement from `start`, which is neither blank nor comment. */
export function scanStatement(text: string, start: number): ScannedStatement {
  let sql = '';
  let at = start;
  let depth = 0;
  const open = (what: Openness): ScannedStatement => ({
    start,
    end: text.length,
    sql: sql + text.slice(at),
    next: text.length,
    open: what,
  });
  while (at < text.length) {
    const raw = text[at] as string;
    const character = twins[raw] ?? raw;
    if (character === ';') {
      const trimmed = sql.trimEnd();
      return { start, end: start + trimmed.length, sql: trimmed, next: at + 1, open: null };
    }
    if (character === "'" || character === '"') {
      // Looked for in the text: the statement so far, searched at each quote, would cost the square of its length.
      const escapes = character === "'" && /(^|[^\p{L}\p{N}_$])e$/iu.test(text.slice(Math.max(start, at - 3), at));
      const end = endOfQuote(text, at, escapes);
      if (end === null) return open(character === "'" ? 'quote' : 'identifier');
      sql += character + text.slice(at + 1, end - 1) + character;
      at = end;
    } else if (character === '$') {
      const tag = /^\$(?:[\p{L}_\u{80}-\u{10ffff}][\p{L}\p{N}_\u{80}-\u{10ffff}]*)?\$/u.exec(
        text.slice(at, at + 128),
      )?.[0];
      if (tag === undefined) {
        sql += raw;
        at++;
        continue;
      }
      const end = text.indexOf(tag, at + tag.length);
      if (end < 0) return open('dollar');
      sql += text.slice(at, end + tag.length);
      at = end + tag.length;
    } else if (text.startsWith('--', at)) {
      const end = endOfLine(text, at);
      sql += text.slice(at, end);
      at = end;
    } else if (text.startsWith('/*', at)) {
      const end = endOfComment(text, at);
      if (end === null) return open('comment');
      sql += text.slice(at, end);
      at = end;
    } else if (twins[raw] === undefined && identifierPart.test(raw)) {
      let end = at + 1;
      while (
        end < text.length &&
        twins[text[end] as string] === undefined &&
        identifierPart.test(text[end] as string)
      ) {
        end++;
      }
      sql += text.slice(at, end);
      at = end;
    } else {
      if (character === '(' || character === '[' || character === '{') depth++;
      if (character === ')' || character === ']' || character === '}') depth--;
      sql += character;
      at++;
    }
  }
  const trimmed = sql.trimEnd();
  return {
    start,
    end: start + trimmed.length,
    sql: trimmed,
    next: text.length,
    open: depth > 0 ? 'bracket' : 'statement',
  };
}

/** Offset after the closing quote. A Chinese closing mark closes only what a Chinese mark opened. */
function endOfQuote(text: string, from: number, escapes: boolean): number | null {
  const opener = text[from] as string;
  const ascii = twins[opener] ?? opener;
  const closers = opener === ascii ? ascii : ascii === '"' ? '"“”' : "'‘’";
  let at = from + 1;
  while (at < text.length) {
    const character = text[at] as string;
    if (escapes && character === '\\') {
      at += 2;
    } else if (!closers.includes(character)) {
      at++;
    } else if (character === ascii && text[at + 1] === ascii) {
      at += 2;
    } else {
      return at + 1;
    }
  }
  return null;
}
