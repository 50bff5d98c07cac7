/**
 * What can stand at the cursor, for a live prompt: the words of the grammar from the engine, names from the open file, arguments from
 * what commands declare. What the file holds is read once and again after it changed; an answer never waits long for a reading
 * where something is known already.
 */
import { cellWidth } from '../../output/cells.ts';
import type { Registry } from '../command.ts';
import { isCommandOf } from '../registry.ts';
import { statementWords } from '../sql-words.ts';
import { quotedWord } from '../words.ts';
import { type Argument, argumentAt, commandCandidates } from './arguments.ts';
import { type Candidate, type Completions, mostCandidates } from './candidate.ts';
import { cursorIn, type StatementCursor } from './cursor.ts';
import { Kept } from './kept.ts';
import {
  markOfSecurities,
  type Read,
  readKnownFunctions,
  readKnownRuns,
  readKnownTables,
  readReserved,
  readSecurities,
  readUniverses,
} from './known.ts';
import { lineWords } from './line-words.ts';
import { pathCandidates } from './paths.ts';
import { type Recency, ranked, recencyOf } from './ranking.ts';
import { scopeAt } from './scope.ts';
import { securityCandidates } from './securities.ts';
import { statementCandidates } from './sql-candidates.ts';
import type { Touched } from './touched.ts';
import { type StringMeaning, stringMeaningAt, wantedAt } from './wanted.ts';

export interface CompleterParts {
  readonly registry: Registry;
  /** The file as any connection sees it; rejects while none is open. */
  readonly read: Read;
  /** The same as the prompt's own connection sees it, with temporary tables and an open transaction. */
  readonly readOwn: Read;
  /** Words that DuckDB's grammar allows after a text. */
  readonly grammar: (text: string) => Promise<readonly string[]>;
  /** What was typed before, oldest first. */
  readonly entries: () => readonly string[];
  /** Jobs that run, with their commands. */
  readonly jobs: () => readonly { readonly number: number; readonly what: string }[];
}

export interface Completer {
  /**
   * Null where nothing can be offered. `patient`: somebody waits for this answer and takes what it says, so it is right rather than
   * soon. Never rejects.
   */
  complete(text: string, cursor: number, patient?: boolean): Promise<Completions | null>;
  /** Reads what is not known yet: a file that is let go later can still be completed from. Never rejects. */
  warm(): Promise<void>;
  /** What was read may be otherwise now. Tables that are known are read again at once. */
  changed(touched: Touched): void;
}

/** Where something is known already, an answer while typing waits so long (ms) for a newer reading; what comes later is told. */
const patienceMs = 25;
/** And one that somebody waits for. */
const longPatienceMs = 2000;
/** Words of the grammar, without which an answer is as good. */
const grammarPatienceMs = 150;
/** The grammar is asked about statements up to this length. */
const longestAsked = 10_000;
const longestText = 100_000;

/** `onLate`: something that an answer did without has been read now; asked again, the answer may be another one. */
export function createCompleter(parts: CompleterParts, onLate: () => void = () => undefined): Completer {
  return new PromptCompleter(parts, onLate);
}

class PromptCompleter implements Completer {
  readonly #parts: CompleterParts;
  readonly #isCommand: (name: string, rest: string) => boolean;
  readonly #tables: Kept<Awaited<ReturnType<typeof readKnownTables>>>;
  readonly #functions: Kept<Awaited<ReturnType<typeof readKnownFunctions>>>;
  readonly #reserved: Kept<ReadonlySet<string>>;
  readonly #securities: Kept<Awaited<ReturnType<typeof readSecurities>>>;
  readonly #runs: Kept<Awaited<ReturnType<typeof readKnownRuns>>>;
  readonly #universes: Kept<readonly string[]>;
  #recency: { readonly entries: readonly string[]; readonly of: Recency } | null = null;

  readonly #onLate: () => void;
  /** Of the question that is being answered. */
  #patient = false;

  constructor(parts: CompleterParts, onLate: () => void) {
    this.#parts = parts;
    this.#onLate = onLate;
    this.#isCommand = isCommandOf(parts.registry);
    const { read, readOwn } = parts;
    this.#tables = new Kept(() => readKnownTables(readOwn));
    this.#functions = new Kept(() => readKnownFunctions(readOwn));
    this.#reserved = new Kept(() => readReserved(read));
    this.#securities = new Kept(
      () => readSecurities(read),
      () => markOfSecurities(read),
    );
    this.#runs = new Kept(() => readKnownRuns(read));
    this.#universes = new Kept(async () => {
      const tables = await this.#tables.fresh();
      return tables ? readUniverses(read, tables) : [];
    });
  }

  async warm(): Promise<void> {
    await this.#tables.fresh();
    await this.#functions.fresh();
    await this.#reserved.fresh();
    await this.#securities.fresh();
  }

  changed({ tables, functions, rows }: Touched): void {
    if (functions) this.#functions.stale();
    if (rows) {
      this.#universes.stale();
      this.#securities.stale();
      this.#runs.stale();
    }
    if (!tables) return;
    this.#tables.stale();
    this.#universes.stale();
    if (this.#tables.value !== null) void this.#tables.fresh();
  }

  async complete(text: string, cursor: number, patient = false): Promise<Completions | null> {
    if (text.length > longestText) return null;
    this.#patient = patient;
    try {
      const found = await this.#complete(text, cursor);
      return found && worthwhile(found, text.slice(found.from, cursor)) ? found : null;
    } catch {
      return null;
    }
  }

  /** What is known, a little later what is new; where nothing is known yet, as long as it takes. */
  async #soon<T>(kept: Kept<T>): Promise<T | null> {
    const fresh = kept.fresh();
    const old = kept.value;
    if (old === null) return fresh;
    const found = await within(fresh, this.#patient ? longPatienceMs : patienceMs, null);
    if (found !== null) return found;
    void fresh.then(() => {
      if (kept.value !== old) this.#onLate();
    });
    return old;
  }

  async #complete(text: string, cursor: number): Promise<Completions | null> {
    const place = cursorIn(text, cursor, this.#isCommand);
    switch (place.at) {
      case 'nothing':
        return null;
      case 'first-word':
        return this.#firstWord(place.from, place.to, place.typed, text[place.from - 1] === '.');
      case 'command':
        return this.#argument(place.name, place.line, place.start, cursor);
      case 'statement':
        return place.quoted === 'string' ? this.#string(place, cursor) : this.#statement(place);
    }
  }

  #firstWord(from: number, to: number, typed: string, dotted: boolean): Completions {
    const capitals = typed.length > 1 && typed === typed.toUpperCase();
    const words = [...statementWords].map((word): Candidate => {
      const written = capitals ? word.toUpperCase() : word;
      const order = commonFirst.includes(word) ? 0 : 1;
      return { insert: written, label: written, kind: 'keyword', type: '', says: '', group: 1, order };
    });
    const candidates = [...commandCandidates(this.#parts.registry), ...(dotted ? [] : words)];
    return this.#answer(from, to, typed, candidates, wide(typed));
  }

  async #statement(cursor: StatementCursor): Promise<Completions | null> {
    const { from, to, typed, tokens, index } = cursor;
    const { what } = wantedAt(tokens, index);
    if (what === 'nothing') return null;
    const asksGrammar = cursor.quoted === 'none' && /^(keyword|operand|relation)$/.test(what);
    const [tables, functions, reserved, keywords] = await Promise.all([
      this.#soon(this.#tables),
      this.#soon(this.#functions),
      this.#soon(this.#reserved),
      asksGrammar ? this.#grammar(cursor.before + typed) : [],
    ]);
    if (!tables) return null;
    const known = { tables, functions: functions ?? [], reserved: reserved ?? new Set<string>() };
    const { candidates } = statementCandidates(cursor, known, keywords);
    return this.#answer(from, to, typed, candidates, wide(typed) || what === 'member');
  }

  async #grammar(text: string): Promise<readonly string[]> {
    if (text.length > longestAsked) return [];
    return within(this.#parts.grammar(text), grammarPatienceMs, []).catch(() => []);
  }

  async #string(cursor: StatementCursor, at: number): Promise<Completions | null> {
    const { tokens, index, typed, from } = cursor;
    const meaning = stringMeaningAt(tokens, index);
    if (meaning.means === 'file') {
      const { kept, candidates } = await pathCandidates(typed);
      const escaped = candidates.map(one => ({ ...one, insert: one.insert.replaceAll("'", "''") }));
      return this.#answer(from + kept.length, at, typed.slice(kept.length), escaped, wide(typed) || kept !== '');
    }
    if (meaning.means === 'column' && !(await this.#holdsText(cursor, meaning))) return null;
    const securities = await this.#soon(this.#securities);
    if (!securities || securities.length === 0) return null;
    const list = meaning.means === 'code' && meaning.list;
    const word = list ? (/[^\s,，]*$/.exec(typed)?.[0] ?? '') : typed;
    const guessed = meaning.means === 'unknown' || meaning.means === 'column';
    if (guessed && word === '') return null;
    const found = securityCandidates(
      securities,
      { typed: word, as: meaning.means === 'name' ? 'name' : 'code' },
      this.#recencyNow(),
    );
    // Where nothing tells that a security is meant, only Chinese characters and many digits do so by themselves.
    const unasked = !guessed || /^(\p{Script=Han}{2}|\d{4}|(sh|sz|bj)\.\d)/iu.test(word);
    return { from: at - word.length, to: at, ...found, unasked };
  }

  /** Whether the column that a string is compared with can hold text. */
  async #holdsText(
    { tokens, index }: StatementCursor,
    { column }: Extract<StringMeaning, { means: 'column' }>,
  ): Promise<boolean> {
    const tables = await this.#soon(this.#tables);
    const { relations } = scopeAt(tokens, index, table => tables?.byName.get(table.join('.'))?.columns ?? null);
    const found = relations.flatMap(({ columns }) => columns ?? []).find(({ name }) => name.toLowerCase() === column);
    return found === undefined || found.type === '' || /^(varchar|enum)/.test(found.type);
  }

  async #argument(name: string, line: string, start: number, cursor: number): Promise<Completions | null> {
    const command = this.#parts.registry.find(name);
    if (!command) return null;
    const words = lineWords(line);
    const argument = argumentAt(command, words);
    if (!argument) return null;
    const { typed, quote } = words;
    const from = start + words.from;
    if (argument.kinds.includes('path') && (argument.words.length === 0 || /[/.~]/.test(typed))) {
      const { kept, candidates } = await pathCandidates(typed);
      const written = candidates.map(one => ({
        ...one,
        insert: quote === null ? writtenPath(one.insert) : one.insert,
      }));
      return this.#answer(from + kept.length, cursor, typed.slice(kept.length), written, wide(typed) || kept !== '');
    }
    const others = ranked(
      typed,
      [...argument.words, ...(await this.#named(argument, words.before))],
      this.#recencyNow(),
    );
    const codes =
      argument.kinds.includes('code') && !/^[-@]/.test(typed) ? await this.#codes(typed) : { candidates: [], total: 0 };
    return {
      from,
      to: cursor,
      candidates: [...others, ...codes.candidates].slice(0, mostCandidates),
      total: others.length + codes.total,
      unasked: wide(typed) || typed === '@',
    };
  }

  /** Securities; without anything typed those that were used lately. */
  async #codes(typed: string): Promise<Pick<Completions, 'candidates' | 'total'>> {
    const securities = await this.#soon(this.#securities);
    if (!securities) return { candidates: [], total: 0 };
    const recency = this.#recencyNow();
    const among =
      typed === '' ? securities.filter(({ code, key }) => recency.has(code) || recency.has(key)) : securities;
    return securityCandidates(among, { typed, as: 'code' }, recency);
  }

  /** Candidates of an argument that have names of their own. */
  async #named({ kinds }: Argument, before: readonly string[]): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const kind of kinds) {
      if (kind === 'universe') {
        for (const name of (await this.#soon(this.#universes)) ?? [])
          found.push(plainCandidate(`@${name}`, 'universe', 'a universe of yours'));
      } else if (kind === 'command') {
        found.push(...commandCandidates(this.#parts.registry));
      } else if (kind === 'job') {
        for (const { number, what } of this.#parts.jobs()) found.push(plainCandidate(String(number), 'job', what));
      } else if (kind === 'run') {
        for (const [order, { run, what, end }] of ((await this.#soon(this.#runs)) ?? []).entries())
          found.push({ ...plainCandidate(String(run), 'run', what), type: end, order });
      } else if (kind === 'table') {
        for (const { name, schema, kind: is, says, ours } of (await this.#soon(this.#tables))?.tables ?? [])
          found.push({
            ...plainCandidate(schema === 'main' ? name : `${schema}.${name}`, is, says),
            group: ours ? 1 : 2,
          });
      } else if (kind === 'column') {
        const tables = await this.#soon(this.#tables);
        for (const { name, type, says } of before.flatMap(
          word => tables?.byName.get(word.toLowerCase())?.columns ?? [],
        ))
          found.push({ ...plainCandidate(name, 'column', says), type });
      }
    }
    return found;
  }

  #answer(from: number, to: number, typed: string, candidates: readonly Candidate[], unasked: boolean): Completions {
    const found = ranked(typed, candidates, this.#recencyNow());
    return { from, to, candidates: found.slice(0, mostCandidates), total: found.length, unasked };
  }

  #recencyNow(): Recency {
    const entries = this.#parts.entries();
    if (this.#recency?.entries !== entries) this.#recency = { entries, of: recencyOf(entries) };
    return this.#recency.of;
  }
}

const commonFirst: readonly string[] = [
  'select',
  'from',
  'with',
  'create',
  'insert',
  'update',
  'describe',
  'summarize',
];

/** Two letters, or one Chinese character, tell enough for a list that nobody asked for. */
function wide(typed: string): boolean {
  return cellWidth(typed) >= 2;
}

/** A list that offers only what is typed already is none. */
function worthwhile({ candidates }: Completions, typed: string): boolean {
  const [first] = candidates;
  return first !== undefined && !(candidates.length === 1 && first.insert === typed);
}

function plainCandidate(word: string, kind: Candidate['kind'], says: string): Candidate {
  return { insert: word, label: word, kind, type: '', says, group: 1 };
}

function writtenPath(name: string): string {
  return name.endsWith('/') ? `${quotedWord(name.slice(0, -1))}/` : quotedWord(name);
}

async function within<T>(promise: Promise<T>, ms: number, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>(resolve => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
