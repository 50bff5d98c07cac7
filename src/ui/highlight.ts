/**
 * A small lexer for what is typed: which parts are keywords, strings, numbers and comments, and what is open at the beginning of
 * each line. It colours and chooses continuation prompts; whether a text is complete is the engine's to say.
 */
import type { Role } from '../output/line.ts';
import { type IsCommand, type Openness, type Piece, splitText } from '../shell/statements.ts';

export interface Token {
  readonly from: number;
  readonly to: number;
  readonly role: Role;
}

export interface Lexed {
  /** In order, not overlapping; what lies between is plain. */
  readonly tokens: readonly Token[];
  /** For each line, what is open where it begins. */
  readonly open: readonly (Exclude<Openness, 'statement'> | null)[];
}

export interface Words {
  /** In lower case. */
  readonly keywords: ReadonlySet<string>;
  readonly isCommand: IsCommand;
}

/**
 * Keywords that are also common column names (`name`, `date`, `close`) stay plain: of the words that SQL does not reserve only
 * these are coloured.
 */
const unreserved =
  'alter analyze attach begin by call checkpoint commit copy cross current cube database deallocate delete detach drop exclude execute explain export extension filter first following force function grouping groups if ilike import include insert install interval last load macro materialized merge nulls of over partition persistent positional pragma preceding prepare qualify range recursive release rename replace reset respect rollback rollup row rows sample savepoint schema semi anti set sets show start summarize temp temporary transaction truncate unbounded union unpivot pivot update use vacuum values view windows window within without';

/** Until the engine has told its own. */
const reserved =
  'all and any array as asc asof between both case cast collate collation column constraint create cross current_date current_timestamp default describe desc distinct do else end except exists false fetch for foreign freeze from full glob group having ilike in inner intersect into is isnull join lateral leading left like limit natural not notnull null offset on only or order outer overlaps positional primary references returning right select semi similar some summarize symmetric table tablesample then to trailing true try_cast unique using when where with';

const listed = new Set(unreserved.split(' '));

export const builtInKeywords: ReadonlySet<string> = new Set([...reserved.split(' '), ...listed]);

/** The engine's own list (`duckdb_keywords()`): what it reserves, and of the rest what is seldom a name. */
export function keywordsFrom(
  rows: readonly { readonly name: string; readonly category: string }[],
): ReadonlySet<string> {
  const chosen = rows.filter(
    ({ name, category }) => category === 'reserved' || category === 'type_function' || listed.has(name),
  );
  return chosen.length === 0 ? builtInKeywords : new Set(chosen.map(({ name }) => name));
}

const identifierStart = /[\p{L}_]/u;
const identifier = /[\p{L}\p{N}\p{M}_$]*/uy;
const number = /(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?)/y;
const dollarTag = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

let newest: { text: string; words: Words; result: Lexed } | null = null;

/** The same text asked again costs nothing. */
export function lexed(text: string, words: Words): Lexed {
  if (newest && newest.text === text && newest.words === words) return newest.result;
  const commands = splitText(text, words.isCommand).pieces.filter(({ kind }) => kind === 'command');
  const result = lexedWith(text, commands, words);
  newest = { text, words, result };
  return result;
}

function lexedWith(text: string, commands: readonly Piece[], { keywords, isCommand }: Words): Lexed {
  const tokens: Token[] = [];
  const open: Lexed['open'][number][] = [null];
  let depth = 0;
  let at = 0;
  let nextCommand = 0;
  let feed = text.indexOf('\n');
  const bracket = (): Lexed['open'][number] => (depth > 0 ? 'bracket' : null);
  /** Moves to `end`; the lines that begin on the way begin inside `inside`. */
  const take = (end: number, role: Role | null, inside: Lexed['open'][number]): void => {
    for (; feed >= 0 && feed < end; feed = text.indexOf('\n', feed + 1)) {
      open.push(feed + 1 < end || end >= text.length ? inside : bracket());
    }
    if (role && end > at) tokens.push({ from: at, to: end, role });
    at = end;
  };
  while (at < text.length) {
    const command = commands[nextCommand];
    if (command && at >= command.start) {
      nextCommand++;
      const word = /^\.?[^\s;；]*/.exec(text.slice(at, command.end))?.[0] ?? '';
      const name = word.replace(/^\./, '').toLowerCase();
      const known = isCommand(name, text.slice(at + word.length, command.end));
      take(at + word.length, known ? 'accent' : null, null);
      take(command.end, null, null);
      continue;
    }
    take(...tokenAt(text, at, keywords, bracket()));
    const last = text[at - 1] as string;
    if (tokens.at(-1)?.to === at) continue;
    if ('([{'.includes(last)) depth++;
    else if (')]}'.includes(last)) depth = Math.max(0, depth - 1);
    else if (last === ';') depth = 0;
  }
  return { tokens, open };
}

type Taken = [end: number, role: Role | null, inside: Lexed['open'][number]];

/** One token of SQL: where it ends, how it is coloured, and what is open on the lines that begin in it. */
function tokenAt(text: string, at: number, keywords: ReadonlySet<string>, outside: Lexed['open'][number]): Taken {
  const character = text[at] as string;
  const following = text[at + 1];
  if (character === '-' && following === '-') {
    const end = text.indexOf('\n', at);
    return [end < 0 ? text.length : end, 'comment', outside];
  }
  if (character === '/' && following === '*') return [commentEnd(text, at), 'comment', 'comment'];
  if (character === "'") {
    const escapes = /(?:^|[^\p{L}\p{N}_])[eE]$/u.test(text.slice(Math.max(0, at - 2), at));
    return [quoteEnd(text, at, "'", escapes), 'string', 'quote'];
  }
  if (character === '"') return [quoteEnd(text, at, '"', false), null, 'identifier'];
  if (character === '$') {
    const tag = sticky(dollarTag, text, at);
    if (tag === '') return [at + 1 + sticky(identifier, text, at + 1).length, null, null];
    const end = text.indexOf(tag, at + tag.length);
    return [end < 0 ? text.length : end + tag.length, 'string', 'dollar'];
  }
  if (/[0-9.]/.test(character)) {
    const digits = sticky(number, text, at);
    return digits === '' ? [at + 1, null, outside] : [at + digits.length, 'number', null];
  }
  if (identifierStart.test(String.fromCodePoint(text.codePointAt(at) as number))) {
    const word = sticky(identifier, text, at);
    const qualified = text[at - 1] === '.' || text[at + word.length] === '.';
    return [at + word.length, !qualified && keywords.has(word.toLowerCase()) ? 'keyword' : null, null];
  }
  return [at + 1, null, outside];
}

function sticky(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** Comments nest, as in DuckDB. */
function commentEnd(text: string, at: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = at;
  let depth = 0;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}

function quoteEnd(text: string, at: number, quote: string, escapes: boolean): number {
  for (let end = at + 1; end < text.length; end++) {
    if (escapes && text[end] === '\\') end++;
    else if (text[end] === quote) {
      if (text[end + 1] !== quote) return end + 1;
      end++;
    }
  }
  return text.length;
}
