/**
 * How the rows of a result are read again, a part at a time, in one order that does not change from part to part:
 *
 * 1. From the table that keeps them, where there is one.
 * 2. Else by the statement itself as a subquery. A plan that keeps the order of what it reads needs nothing more; an ORDER BY gets the
 *    columns after it, so that rows which tie do not change places; anything else has no order of its own and is read in
 *    that of its columns.
 * 3. What changes something, draws lots or reads other results cannot be read again: its first rows are all there is.
 */
import type { Bindings, QueryResult } from '../store/connection.ts';
import type { KeptResult } from './cell-record.ts';
import { type SqlToken, sqlTokens, verbOf, withoutEnd } from './sql-tokens.ts';
import { queryWords } from './sql-words.ts';
import { namesKept } from './statement-run.ts';

export type Read = (sql: string, values: Bindings | undefined, signal: AbortSignal) => Promise<QueryResult>;

export interface Reading {
  /** A query of all rows in their order, fit to stand in brackets. */
  readonly sql: string;
  /** The same rows in any order: to count them, or to sort them otherwise. */
  readonly unordered: string;
  readonly values: Bindings | undefined;
  /** `own`: as it was shown. `columns`: it had no order, and is sorted by its columns. */
  readonly order: 'own' | 'columns';
}

const readable = new Set([...queryWords, 'describe', 'desc', 'show']);
/** Functions that give something else each time. */
const drawn = /^(random|setseed|uuid|uuidv4|uuidv7|gen_random_uuid|nextval|currval)$/i;
/** Operators whose rows come in any order. */
const orderless =
  /GROUP_BY|AGGREGATE|JOIN|UNION|CROSS_PRODUCT|POSITIONAL|EXCEPT|INTERSECT|CTE|SAMPLE|ORDER_BY|TOP_N|^WINDOW/;

/** Null: it cannot be read again. */
export async function readingOf(result: KeptResult, read: Read, signal: AbortSignal): Promise<Reading | null> {
  if (result.table !== null) {
    const sql = `from ${result.table}`;
    return { sql, unordered: sql, values: undefined, order: 'own' };
  }
  const tokens = sqlTokens(result.sql);
  const verb = verbOf(tokens);
  const draws = tokens.some(({ text }, index) => drawn.test(text) && tokens[index + 1]?.text === '(');
  if (!readable.has(verb) || namesKept(tokens) || draws) return null;
  const values = Object.keys(result.values).length === 0 ? undefined : result.values;
  const sql = withoutEnd(result.sql, tokens);
  const ordered = orderedText(sql, tokens, result.names.length);
  if (ordered !== null) return { ...ordered, values, order: 'own' };
  const asIs = { sql, unordered: sql, values, order: 'own' } as const;
  if (!/^(select|from|values|table)$/.test(verb)) return asIs;
  if (await keepsOrder(sql, values, read, signal)) return asIs;
  return { sql: `from (\n${sql}\n) order by all`, unordered: sql, values, order: 'columns' };
}

/** With an ORDER BY of its own: the text in which no two different rows tie; null without one. */
function orderedText(
  sql: string,
  tokens: readonly SqlToken[],
  columns: number,
): Pick<Reading, 'sql' | 'unordered'> | null {
  const top = tokens.filter(({ depth }) => depth === 0);
  const by = top.findLastIndex(({ text }, index) => /^by$/i.test(text) && /^order$/i.test(top[index - 1]?.text ?? ''));
  if (by < 0) return null;
  const after = top.slice(by + 1);
  // What follows a LIMIT cannot be added to; so few rows tie at its end that it is left alone.
  if (after.some(({ kind, text }) => kind === 'word' && /^(limit|offset|fetch|using)$/i.test(text)))
    return { sql, unordered: sql };
  const unordered = sql.slice(0, top[by - 1]?.at);
  if (/^all$/i.test(after[0]?.text ?? '')) return { sql, unordered };
  return { sql: `${sql}, ${Array.from({ length: columns }, (_, index) => index + 1).join(', ')}`, unordered };
}

interface Operator {
  readonly name: string;
  readonly children: readonly Operator[];
}

async function keepsOrder(
  sql: string,
  values: Bindings | undefined,
  read: Read,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { rows } = await read(`explain (format json) ${sql}`, values, signal);
    const plan = JSON.parse(String(rows[0]?.[1])) as readonly Operator[];
    const keeps = ({ name, children }: Operator): boolean =>
      (/^UNGROUPED_AGGREGATE/.test(name) || !orderless.test(name)) && children.every(keeps);
    return plan.every(keeps);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
