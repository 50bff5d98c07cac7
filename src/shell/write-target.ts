/**
 * What a statement writes to, read from its tokens: the engine gives the tree of a SELECT and of nothing else. Each kind of
 * statement has its target at one place, so the words are followed to it in order and never searched for; what is not
 * understood writes to nothing and is left to the engine.
 *
 * `rows` are changed by INSERT, UPDATE, DELETE, MERGE and COPY … FROM, also behind WITH, behind EXPLAIN ANALYZE (which
 * runs the statement) and in the text of a PREPARE. `shape` is changed by CREATE, ALTER, DROP, TRUNCATE, COMMENT ON and DETACH.
 */
import { type SqlToken, sqlTokens } from './sql-tokens.ts';

export type TargetKind = 'table' | 'macro' | 'schema' | 'database';

export interface WriteTarget {
  readonly touch: 'rows' | 'shape';
  /** Tables and views share one set of names; an index counts as its table. */
  readonly kind: TargetKind;
  /** Parts of the name, lower case, without quotes: `['market', 'main', 'daily']`. */
  readonly name: readonly string[];
  /** True for CREATE TEMP: it makes something that no table of the file is. */
  readonly temporary: boolean;
  /** First word of the statement: `drop`. */
  readonly verb: string;
}

export function writeTargetOf(sql: string | readonly SqlToken[]): WriteTarget | null {
  const words = new Words(typeof sql === 'string' ? sqlTokens(sql) : sql);
  words.skip('(');
  return targetFrom(words);
}

function targetFrom(words: Words): WriteTarget | null {
  if (words.take('explain')) return words.analyze() ? targetFrom(words) : null;
  if (words.take('prepare')) return words.prepared() ? targetFrom(words) : null;
  if (words.take('with')) words.skipTables();
  const verb = words.next();
  const rows = (): WriteTarget | null => words.target('rows', 'table', verb);
  const shape = (kind: TargetKind, temporary = false): WriteTarget | null =>
    words.target('shape', kind, verb, temporary);
  switch (verb) {
    case 'insert':
      if (words.take('or')) words.next();
      return words.take('into') ? rows() : null;
    case 'merge':
      return words.take('into') ? rows() : null;
    case 'update':
      words.skip('only');
      return rows();
    case 'delete':
      if (!words.take('from')) return null;
      words.skip('only');
      return rows();
    case 'truncate':
      words.skip('table');
      return shape('table');
    case 'copy':
      if (words.take('from')) return words.take('database') && words.after('to') ? shapeOfAll(words, verb) : null;
      return copied(words, rows());
    case 'import':
      return words.take('database') ? { touch: 'rows', kind: 'database', name: [], temporary: false, verb } : null;
    case 'create':
      return created(words, shape);
    case 'alter':
    case 'drop':
      return dropped(words, shape);
    case 'comment':
      if (!words.take('on')) return null;
      if (words.take('column')) return withoutColumn(shape('table'));
      return dropped(words, shape);
    case 'detach':
      words.skip('database');
      words.skip('if', 'exists');
      return shape('database');
    default:
      return null;
  }
}

/** COPY FROM DATABASE a TO b may make tables in b and fills them. */
function shapeOfAll(words: Words, verb: string): WriteTarget | null {
  return words.target('rows', 'database', verb);
}

/** `COPY t FROM`, `COPY t (columns) FROM`; with TO it only reads. */
function copied(words: Words, target: WriteTarget | null): WriteTarget | null {
  words.skipBrackets();
  return words.take('from') ? target : null;
}

type Shape = (kind: TargetKind, temporary?: boolean) => WriteTarget | null;

function created(words: Words, shape: Shape): WriteTarget | null {
  words.skip('or', 'replace');
  let temporary = false;
  for (;;) {
    if (words.take('temp') || words.take('temporary')) temporary = true;
    else if (!['persistent', 'recursive', 'unique', 'local', 'global', 'unlogged'].some(word => words.take(word)))
      break;
  }
  const kind = kinds[words.next()];
  if (kind === undefined) return null;
  if (kind === 'index') return words.after('on') ? shape('table') : null;
  words.skip('if', 'not', 'exists');
  return shape(kind, temporary);
}

const kinds: Readonly<Record<string, TargetKind | 'index'>> = {
  table: 'table',
  view: 'table',
  macro: 'macro',
  function: 'macro',
  schema: 'schema',
  index: 'index',
  database: 'database',
};

/** ALTER, DROP and COMMENT ON name what they are about in the same way. */
function dropped(words: Words, shape: Shape): WriteTarget | null {
  const kind = kinds[words.next()];
  if (kind === undefined || kind === 'index') return null;
  if (kind === 'macro') words.skip('table');
  words.skip('if', 'exists');
  return shape(kind);
}

function withoutColumn(target: WriteTarget | null): WriteTarget | null {
  return target && target.name.length > 1 ? { ...target, name: target.name.slice(0, -1) } : null;
}

/** A place in the tokens that moves on as words are taken. */
class Words {
  readonly #tokens: readonly SqlToken[];
  #at = 0;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
  }

  /** The word or sign here, lower case; empty for what is quoted and at the end. */
  #here(offset = 0): string {
    const token = this.#tokens[this.#at + offset];
    return token && token.kind !== 'name' && token.kind !== 'string' ? token.text.toLowerCase() : '';
  }

  next(): string {
    const word = this.#here();
    this.#at++;
    return word;
  }

  take(word: string): boolean {
    if (this.#here() !== word) return false;
    this.#at++;
    return true;
  }

  /** Takes all of the words, or none. */
  skip(...words: readonly string[]): void {
    if (words.every((word, offset) => this.#here(offset) === word)) this.#at += words.length;
  }

  skipBrackets(): void {
    const open = this.#tokens[this.#at];
    if (open?.text !== '(' || open.kind !== 'sign') return;
    const rest = this.#tokens.slice(this.#at + 1);
    const close = rest.findIndex(({ kind, text, depth }) => kind === 'sign' && text === ')' && depth === open.depth);
    this.#at = close < 0 ? this.#tokens.length : this.#at + close + 2;
  }

  /** Moves behind the next such word outside brackets. */
  after(word: string): boolean {
    const depth = this.#tokens[this.#at]?.depth ?? 0;
    while (this.#at < this.#tokens.length) {
      if (this.#tokens[this.#at]?.depth === depth && this.take(word)) return true;
      this.#at++;
    }
    return false;
  }

  /** After EXPLAIN: whether the statement is run, `EXPLAIN ANALYZE …` or `EXPLAIN (ANALYZE, …) …`; moves to it. */
  analyze(): boolean {
    if (this.take('analyze') || this.take('analyse')) return true;
    const from = this.#at;
    this.skipBrackets();
    return this.#tokens.slice(from, this.#at).some(({ text }) => /^analy[sz]e$/i.test(text));
  }

  /** After PREPARE: `name AS`, `name(types) AS`. */
  prepared(): boolean {
    this.next();
    this.skipBrackets();
    return this.take('as');
  }

  /** After WITH: over `[RECURSIVE] name [(columns)] [USING KEY (…)] AS [NOT MATERIALIZED] (…)` and its neighbours. */
  skipTables(): void {
    this.skip('recursive');
    do {
      this.next();
      this.skipBrackets();
      if (this.take('using')) {
        this.skip('key');
        this.skipBrackets();
      }
      this.skip('as');
      this.skip('not');
      this.skip('materialized');
      this.skipBrackets();
    } while (this.take(','));
  }

  target(touch: WriteTarget['touch'], kind: TargetKind, verb: string, temporary = false): WriteTarget | null {
    const name: string[] = [];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (!token || !['word', 'name', 'string'].includes(token.kind)) break;
      name.push(
        (token.kind === 'string' ? token.text.replace(/^'|'$/g, '').replaceAll("''", "'") : token.text).toLowerCase(),
      );
      this.#at++;
      if (!this.take('.')) break;
    }
    return name.length === 0 ? null : { touch, kind, name, temporary, verb };
  }
}
