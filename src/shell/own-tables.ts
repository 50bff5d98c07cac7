/**
 * Which of a user's statements touch the program's own tables. Writing rows to them is the user's right, in the write lane;
 * changing their shape is refused with the command that does what was probably wanted.
 */
import { Problem } from '../market/problem.ts';
import { metaTables } from '../store/meta-tables.ts';
import { marketTables } from '../store/tables.ts';
import { views } from '../store/views.ts';
import { nameAt, type SqlToken, verbOf } from './sql-tokens.ts';

const own = new Set([
  ...marketTables.flatMap(({ name, base }) => [name, base, base.replace(/^main\./, '')]),
  ...views.map(({ name }) => name),
  ...metaTables.map(({ name }) => `meta.${name}`),
]);

export type Touch = 'none' | 'rows' | 'shape';

/** What a statement does to the program's own tables. */
export function touchOf(tokens: readonly SqlToken[]): { readonly touch: Touch; readonly table: string | null } {
  const verb = verbOf(tokens);
  const words = tokens.map(token => (token.kind === 'word' ? token.text.toLowerCase() : token.text));
  const after = (...sought: string[]): string | null => {
    const index = words.findIndex((word, at) => sought.includes(word) && tokens[at]?.depth === 0);
    return index < 0 ? null : ownName(nameAt(tokens, skipWords(words, index + 1)));
  };
  const touched = (touch: Touch, table: string | null) =>
    table === null ? { touch: 'none' as const, table: null } : { touch, table };
  switch (verb) {
    case 'insert':
    case 'merge':
      return touched('rows', after('into'));
    case 'update':
      return touched('rows', after('update'));
    case 'delete':
      return touched('rows', after('from'));
    case 'truncate':
      return touched('rows', after('table') ?? after('truncate'));
    case 'copy':
      return touched(words.includes('from') ? 'rows' : 'none', words.includes('from') ? after('copy') : null);
    case 'alter':
    case 'drop':
      return touched('shape', after('table', 'view', 'schema', 'macro'));
    case 'create':
      if (words.includes('temp') || words.includes('temporary')) return { touch: 'none', table: null };
      return touched('shape', after('table', 'view', 'on'));
    default:
      return { touch: 'none', table: null };
  }
}

function skipWords(words: readonly string[], from: number): number {
  let at = from;
  while (['if', 'not', 'exists', 'or', 'only', 'table'].includes(words[at] ?? '')) at++;
  return at;
}

/** `daily`, `main.daily`, `market.main.daily`; null for anything that is not ours, and for other attached files' tables. */
function ownName(parts: readonly string[]): string | null {
  const name = parts.at(-1);
  if (name === undefined) return null;
  const schema = parts.at(-2);
  if (parts.length === 1 && name === 'meta') return 'meta';
  const full = schema === undefined || schema === 'main' ? name : `${schema}.${name}`;
  return own.has(full) ? full : null;
}

/** The refusal of a statement that would change the shape of a table of ours. */
export function shapeProblem(table: string): Problem {
  return new Problem('refused', `${table} belongs to duckline; its shape is not changed by hand.`, {
    next: `create table mine as from ${table}  makes a copy to change`,
  });
}
