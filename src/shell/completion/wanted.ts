/** What the grammar wants at a place of a statement, read from the words before it: a relation, an operand, a type, or only keywords. */
import type { SqlToken } from '../sql-tokens.ts';

export type Wanted =
  /** A new name, or nothing that could be known. */
  | { readonly what: 'nothing' }
  /** Words of the grammar alone. */
  | { readonly what: 'keyword' }
  /** A table, a view, a common table expression, a table function. */
  | { readonly what: 'relation'; readonly functions: boolean }
  /** A column, a function, a word that begins an expression. */
  | { readonly what: 'operand' }
  /** Columns that all relations have: `using (`. */
  | { readonly what: 'common-column' }
  /** Columns of one table: `insert into t (`, `update t set`. */
  | { readonly what: 'column-of'; readonly table: readonly string[] }
  /** After a dot: what the parts before it have. */
  | { readonly what: 'member'; readonly of: readonly string[]; readonly relation: boolean }
  | { readonly what: 'type' };

/** What a string stands for. */
export type StringMeaning =
  /** Compared with a column, or given to a function that takes codes. */
  | { readonly means: 'code'; readonly list: boolean }
  | { readonly means: 'name' }
  /** Read from or written to. */
  | { readonly means: 'file' }
  /** Compared with another column, whose name it is. */
  | { readonly means: 'column'; readonly column: string }
  | { readonly means: 'unknown' };

const operandAfter = new Set(
  'all and any array between by case distinct else filter having ilike in is like limit not offset on or partition qualify returning select set similar then values when where'.split(
    ' ',
  ),
);
const clauses = new Set(
  'select from join on where group having qualify order limit offset set into values update using table returning with as window pivot unpivot'.split(
    ' ',
  ),
);
const codeFunctions = new Set(['bars', 'code']);
const fileFunctions = /^(read_\w+|parquet_\w+|glob|sniff_csv)$/;

export function wantedAt(tokens: readonly SqlToken[], index: number): Wanted {
  const word = wordsOf(tokens);
  const before = word(index - 1);
  const previous = tokens[index - 1];
  if (!previous) return { what: 'keyword' };
  if (before === '.') {
    const parts = partsBefore(tokens, index - 1);
    const first = index - parts.length * 2;
    return { what: 'member', of: parts, relation: wantsRelation(tokens, first) };
  }
  if (before === '::') return { what: 'type' };
  if (wantsRelation(tokens, index)) {
    return { what: 'relation', functions: /^(from|join|,|\(|lateral)$/.test(before) };
  }
  if (before === '(') return inBracket(tokens, index - 1);
  if (before === ',') return inList(tokens, index);
  if (before === 'as') {
    const opener = openerOf(tokens, index - 1);
    return opener > 0 && /^(cast|try_cast)$/.test(word(opener - 1)) ? { what: 'type' } : { what: 'nothing' };
  }
  if (before === 'set') {
    const table = tableOf(tokens, index, 'update');
    return table ? { what: 'column-of', table } : { what: 'nothing' };
  }
  if (
    /^(table|view|schema|macro|function|index|sequence|type)$/.test(before) &&
    /^(create|replace|temp|temporary|unique)$/.test(word(index - 2))
  )
    return { what: 'nothing' };
  if (before === 'with' && word(index - 2) !== 'starts') return { what: 'nothing' };
  if (previous.kind === 'word' && operandAfter.has(before)) return { what: 'operand' };
  if (previous.kind === 'sign') {
    if (before === '*') return isStar(tokens, index - 1) ? { what: 'keyword' } : { what: 'operand' };
    return /^[)\]}]$/.test(before) ? { what: 'keyword' } : { what: 'operand' };
  }
  const opener = openerOf(tokens, index - 1);
  if (opener > 0 && definesTable(tokens, opener) && /^[(,]$/.test(word(index - 2))) return { what: 'type' };
  return { what: 'keyword' };
}

export function stringMeaningAt(tokens: readonly SqlToken[], index: number): StringMeaning {
  const word = wordsOf(tokens);
  let at = index - 1;
  const before = word(at);
  if (/^(from|join|copy|to|attach|import|export|database)$/.test(before)) return { means: 'file' };
  // Back over the other members of `in (…)` and over a list.
  let list = false;
  while (at >= 0 && (word(at) === ',' || tokens[at]?.kind === 'string') && tokens[at]?.depth === tokens[index]?.depth) {
    list = true;
    at--;
  }
  if (word(at) === '(' || word(at) === '[') {
    const opener = at;
    const called = word(opener - 1);
    if (word(opener) === '(' && fileFunctions.test(called)) return { means: 'file' };
    if (word(opener) === '(' && codeFunctions.has(called) && !list) return { means: 'code', list: called === 'bars' };
    if (called === 'in') at = opener - 1;
    else if (word(opener) === '[' && fileFunctions.test(word(opener - 2))) return { means: 'file' };
    else return { means: 'unknown' };
  }
  if (!/^(=|==|<>|!=|in|like|ilike|<|>|<=|>=|between|and)$/.test(word(at)) || (list && word(at) !== 'in')) {
    return { means: 'unknown' };
  }
  if (word(at) === 'and' && word(at - 2) === 'between') at -= 2;
  if (word(at - 1) === 'not') at--;
  const column = tokens[at - 1];
  if (!column || (column.kind !== 'word' && column.kind !== 'name')) return { means: 'unknown' };
  const name = column.text.toLowerCase();
  if (name === 'code' || /_code$/.test(name)) return { means: 'code', list: false };
  if (name === 'name') return { means: 'name' };
  return { means: 'column', column: name };
}

type WordAt = (at: number) => string;

function wordsOf(tokens: readonly SqlToken[]): WordAt {
  return at => {
    const token = tokens[at];
    return token && token.kind !== 'string' && token.kind !== 'name' ? token.text.toLowerCase() : '';
  };
}

function wantsRelation(tokens: readonly SqlToken[], index: number): boolean {
  const word = wordsOf(tokens);
  const before = word(index - 1);
  if (before === 'from') {
    if (word(index - 2) === 'distinct' && /^(is|not)$/.test(word(index - 3))) return false;
    const opener = openerOf(tokens, index - 1);
    return !(opener > 0 && /^(extract|substring|trim|overlay|position)$/.test(word(opener - 1)));
  }
  if (/^(join|into|lateral|summarize|describe|desc|truncate)$/.test(before)) {
    return before !== 'desc' || index === 1;
  }
  if (before === 'update') return index === 1;
  if (/^(table|view)$/.test(before)) return !/^(create|replace|temp|temporary)$/.test(word(index - 2));
  if (before === 'exists') return word(index - 2) === 'if' && /^(table|view)$/.test(word(index - 3));
  if (before === 'copy') return true;
  if (before === ',') return clauseOf(tokens, index) === 'from';
  return false;
}

function inBracket(tokens: readonly SqlToken[], opener: number): Wanted {
  const word = wordsOf(tokens);
  const before = word(opener - 1);
  if (before === 'using') return { what: 'common-column' };
  if (/^(as|materialized|from|join|exists|lateral)$/.test(before)) return { what: 'keyword' };
  if (definesTable(tokens, opener)) return { what: 'nothing' };
  const inserted = insertedTable(tokens, opener);
  return inserted ? { what: 'column-of', table: inserted } : { what: 'operand' };
}

function inList(tokens: readonly SqlToken[], index: number): Wanted {
  const word = wordsOf(tokens);
  const opener = openerOf(tokens, index - 1);
  if (opener >= 0) {
    if (word(opener - 1) === 'using') return { what: 'common-column' };
    if (definesTable(tokens, opener)) return { what: 'nothing' };
    const inserted = insertedTable(tokens, opener);
    if (inserted) return { what: 'column-of', table: inserted };
  }
  const clause = clauseOf(tokens, index);
  if (clause === 'with') return { what: 'nothing' };
  if (clause === 'set') {
    const table = tableOf(tokens, index, 'update');
    if (table) return { what: 'column-of', table };
  }
  return { what: 'operand' };
}

/** The bracket that is open at a token; -1 outside of all. */
function openerOf(tokens: readonly SqlToken[], at: number): number {
  const depth = tokens[at]?.depth ?? 0;
  if (depth === 0) return -1;
  for (let from = at - 1; from >= 0; from--) {
    const token = tokens[from];
    if (token && token.depth === depth - 1 && token.kind === 'sign' && /^[([{]$/.test(token.text)) return from;
  }
  return -1;
}

/** The clause that a place stands in, within its own brackets. */
function clauseOf(tokens: readonly SqlToken[], index: number): string {
  const word = wordsOf(tokens);
  const depth = tokens[index]?.depth ?? 0;
  const opener = openerOf(tokens, index);
  for (let at = index - 1; at > opener; at--) {
    if (tokens[at]?.depth === depth && clauses.has(word(at)) && word(at - 1) !== '.') {
      if (word(at) === 'as') continue;
      // `on` and `using` belong to a join; a comma after them goes on with the FROM only outside an expression.
      if (word(at) === 'on' || word(at) === 'using' || word(at) === 'join') return 'from';
      return word(at);
    }
  }
  return '';
}

function definesTable(tokens: readonly SqlToken[], opener: number): boolean {
  const word = wordsOf(tokens);
  if (word(0) !== 'create') return false;
  let at = opener - 1;
  while (at > 0 && (word(at - 1) === '.' || word(at) === '.')) at--;
  return /^(table|exists)$/.test(word(at - 1));
}

function insertedTable(tokens: readonly SqlToken[], opener: number): readonly string[] | null {
  const word = wordsOf(tokens);
  const parts = partsBefore(tokens, opener);
  return parts.length > 0 && word(opener - parts.length * 2) === 'into' ? parts : null;
}

function tableOf(tokens: readonly SqlToken[], index: number, verb: string): readonly string[] | null {
  const word = wordsOf(tokens);
  for (let at = index - 1; at >= 0; at--) {
    if (word(at) !== verb) continue;
    const parts: string[] = [];
    for (let part = at + 1; part < index; part += 2) {
      parts.push(tokens[part]?.text.toLowerCase() ?? '');
      if (word(part + 1) !== '.') break;
    }
    return parts;
  }
  return null;
}

/** The parts of a dotted name that ends before `at`, where a dot or the name's end stands. */
function partsBefore(tokens: readonly SqlToken[], at: number): string[] {
  const parts: string[] = [];
  let part = at - 1;
  for (;;) {
    const token = tokens[part];
    if (!token || (token.kind !== 'word' && token.kind !== 'name')) break;
    parts.unshift(token.text.toLowerCase());
    if (tokens[part - 1]?.text !== '.' || tokens[part - 1]?.kind !== 'sign') break;
    part -= 2;
  }
  return parts;
}

/** `*` as all columns, and not as a sign between two numbers. */
function isStar(tokens: readonly SqlToken[], at: number): boolean {
  return /^(select|distinct|all|,|\.|\()$/.test(wordsOf(tokens)(at - 1));
}
