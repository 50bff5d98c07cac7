/**
 * A failed statement as one sentence with its place: the engine's message in plain words, line and column in the text as it was
 * typed, the length of the token there, and what was probably meant.
 */
import { asProblem, Problem } from '../market/problem.ts';
import type { Place, ProblemView } from '../output/view.ts';
import { StatementError } from '../store/pool/statement-error.ts';
import { bareCode, bareCodeHint } from './hints.ts';
import { type SqlToken, sqlTokens, tablesRead } from './sql-tokens.ts';
import { placeAt } from './statements.ts';
import { columnMeant } from './synonyms.ts';

const mostCandidates = 4;

export interface FailedStatement {
  /** The whole text that was submitted. */
  readonly text: string;
  /** Offset (UTF-16) of the statement in it. */
  readonly start: number;
  /** The statement as it was run: as long as its part of the text, folded. */
  readonly sql: string;
  /** `2 of 3`; null where there was one. */
  readonly statement: string | null;
}

export function statementProblem(thrown: unknown, failed: FailedStatement): ProblemView {
  const { statement } = failed;
  if (!(thrown instanceof StatementError)) {
    return { kind: 'problem', problem: asProblem(thrown), place: null, candidates: [], statement };
  }
  const tokens = sqlTokens(failed.sql);
  const found = wordsOf(thrown, tokens);
  // What became of the transaction is not left out for the hint.
  const next = [found.next, thrown.next].filter(part => part !== undefined).join('; ') || undefined;
  const offset = thrown.position === null || found.next !== undefined ? null : utf16Offset(failed.sql, thrown.position);
  const at = offset ?? tokens.find(({ text }) => found.name !== null && text === found.name)?.at ?? null;
  return {
    kind: 'problem',
    problem: new Problem('failed', found.sentence, {
      cause: thrown,
      ...(next === undefined ? {} : { next }),
    }),
    place: at === null ? null : placeOf(at, tokens, found.name, failed),
    candidates: found.candidates.slice(0, mostCandidates),
    statement,
  };
}

/** UTF-8 bytes counted in the statement as UTF-16 units. */
function utf16Offset(sql: string, bytes: number): number {
  return Buffer.from(sql, 'utf8').subarray(0, bytes).toString('utf8').length;
}

function placeOf(offset: number, tokens: readonly SqlToken[], name: string | null, failed: FailedStatement): Place {
  let at = offset;
  let length = 1;
  const index = tokens.findIndex(token => offset >= token.at && offset < token.at + token.length);
  const token = tokens[index];
  if (token) {
    const member = name === null ? undefined : qualified(tokens, index).find(({ text }) => sameName(text, name));
    const marked = member ?? token;
    at = marked.at;
    length = [
      ...failed.sql
        .slice(at, at + marked.length)
        .split('\n', 1)
        .join(''),
    ].length;
  }
  return { ...placeAt(failed.text, failed.start + at), length: Math.max(1, length) };
}

/** The parts of a dotted name from a token on: of `d.clse` the caret belongs under `clse`. */
function qualified(tokens: readonly SqlToken[], index: number): SqlToken[] {
  const parts: SqlToken[] = [];
  for (let at = index; at < tokens.length; at += 2) {
    const token = tokens[at];
    if (!token || (token.kind !== 'word' && token.kind !== 'name')) break;
    parts.push(token);
    if (tokens[at + 1]?.text !== '.') break;
  }
  return parts;
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

interface Said {
  readonly sentence: string;
  /** The name that is wrong, where the message names one. */
  readonly name: string | null;
  readonly candidates: readonly string[];
  readonly next?: string;
}

function wordsOf(error: StatementError, tokens: readonly SqlToken[]): Said {
  const message = error.engineMessage;
  const offered = offeredIn(message);
  const column =
    /^Referenced column "(.+?)" not found/.exec(message)?.[1] ??
    /does not have a column named "(.+?)"/.exec(message)?.[1];
  if (column !== undefined) {
    const table = /^Table "(.+?)" does not have/.exec(message)?.[1];
    const tables = tablesRead(tokens);
    const meant = columnMeant(column);
    const where = table ?? (tables.length === 1 ? tables[0] : undefined);
    return {
      sentence: where === undefined ? `no table here has a column ${column}` : `${where} has no column ${column}`,
      name: column,
      candidates: distinct(placed(meant, offered)),
    };
  }
  const nowhere = /^Referenced column "(.+?)" was not found because the FROM clause is missing/.exec(message)?.[1];
  if (nowhere !== undefined)
    return { sentence: `there is no FROM that ${nowhere} could be a column of`, name: nowhere, candidates: offered };
  const missing =
    /^(Table|View|Scalar Function|Table Function|Aggregate Function|Function|Macro|Schema|Type) with name "?(.+?)"? does not exist/.exec(
      message,
    );
  if (missing) {
    const [, kind = '', name = ''] = missing;
    const candidates = offered.filter(
      offer => !/^(pg_|duckdb_|sqlite_|information_schema)/.test(offer) || /^pg_|^duckdb_/.test(name),
    );
    return { sentence: `there is no ${kind.toLowerCase().replace('scalar ', '')} ${name}`, name, candidates };
  }
  const bare = /^Could not convert string .* to U?INT\d+/s.test(message) ? bareCode(tokens) : null;
  if (bare?.kind === 'number') {
    return { sentence: `code is text and ${bare.text} a number`, name: bare.text, candidates: [], next: bareCodeHint };
  }
  const near = /^syntax error at or near "([\s\S]*)"$/.exec(message);
  if (near) return { sentence: `the statement cannot be read from ${near[1]} on`, name: null, candidates: [] };
  if (/^syntax error at end of input/.test(message)) {
    return { sentence: 'the statement ends before it is complete', name: null, candidates: [] };
  }
  return { sentence: plain(message), name: null, candidates: offered };
}

/** The names in `Did you mean "a"?`, `Candidate bindings: "a", "b"`. */
function offeredIn(message: string): string[] {
  const line = /(?:Did you mean:?|Candidate (?:bindings|tables)\s*:)([^\n]*)/.exec(message)?.[1] ?? '';
  return distinct([...line.matchAll(/"((?:[^"]|"")+)"/g)].map(([, name]) => name ?? ''));
}

/** What a word of the field stands for goes before the engine's guesses where it is Chinese or whole, else after the best one. */
function placed(meant: ReturnType<typeof columnMeant>, offered: readonly string[]): readonly string[] {
  if (meant === null) return offered;
  const { column, word } = meant;
  const pair = word === null ? [column] : [column, word];
  return word === null || /[^\x20-\x7e]/.test(word)
    ? [...pair, ...offered]
    : [...offered.slice(0, 1), ...pair, ...offered.slice(1)];
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** The engine's message on one row, without its lists of candidates and without its own picture of the place. */
function plain(message: string): string {
  const text = message
    .replace(/\n+\s*(Candidate (functions|macros|bindings|tables)|Did you mean|LINE \d+:)[\s\S]*$/i, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
  return text === '' ? 'the statement failed' : text;
}
