/** What `export` writes: a cell, a query, a table, or the last result. */
import { Problem } from '../market/problem.ts';
import type { Bound } from '../store/connection.ts';
import type { CellAccess } from './cell-access.ts';
import { chosenCells } from './cell-choice.ts';
import type { CellRecord } from './cell-record.ts';
import { sqlTokens, verbOf } from './sql-tokens.ts';

export interface ExportSource {
  /** One statement that gives rows. */
  readonly sql: string;
  readonly values: Readonly<Record<string, Bound>>;
  /** For titles: `daily`, `cell 3`. */
  readonly what: string;
  /** The cell that it is, which may hold a chart. */
  readonly cell: CellRecord | null;
}

const reading = new Set([
  'select',
  'from',
  'with',
  'values',
  'table',
  'pivot',
  'unpivot',
  'summarize',
  'describe',
  'show',
]);
/** Statements that a `COPY` takes only inside parentheses after `FROM`. */
const wrapped = new Set(['summarize', 'describe', 'show', 'pivot', 'unpivot', 'table']);

/** @param words what stood before the file. @throws Problem `usage` for what gives no rows. */
export function exportSource(words: readonly string[], cells: CellAccess): ExportSource {
  const text = words
    .join(' ')
    .trim()
    .replace(/[\s;；]+$/, '');
  if (text === '' || text === '_') return ofCell(lastWithRows(cells.records));
  if (/^_?\d+$/.test(text)) return ofCell(chosenCells([text], cells.records)[0] as CellRecord);
  const named = cells.records.find(({ name }) => name !== null && [name, `_${name}`].includes(text.toLowerCase()));
  if (named) return ofCell(named);
  const tokens = sqlTokens(text);
  const verb = verbOf(tokens);
  if (words.length === 1 && !/[\s(]/.test(text))
    return { sql: `from ${tableName(text)}`, values: {}, what: text, cell: null };
  if (!reading.has(verb)) {
    throw new Problem('usage', `${verb || text} gives no rows to export.`, {
      next: 'export daily daily.csv  or  export "from daily limit 5" five.csv',
    });
  }
  if (words.length > 1) {
    throw new Problem('usage', 'a query to export stands in quotes, as one word before the file.', {
      next: 'export "from daily limit 5" five.csv',
    });
  }
  return { sql: inParentheses(text, verb), values: cells.params.valuesFor(tokens), what: 'query', cell: null };
}

function ofCell(record: CellRecord): ExportSource {
  const what = record.name ?? `cell ${record.cell}`;
  const { result } = record;
  if (result?.table) return { sql: `from ${result.table}`, values: {}, what, cell: record };
  const tokens = sqlTokens(result?.sql ?? '');
  const verb = verbOf(tokens);
  if (result && reading.has(verb)) {
    const sql = inParentheses(result.sql.trim().replace(/[\s;]+$/, ''), verb);
    return { sql, values: result.values, what, cell: record };
  }
  if (record.views.some(({ kind }) => kind === 'chart')) return { sql: '', values: {}, what, cell: record };
  throw new Problem('usage', `${what} has no rows to export.`, { next: 'cells  lists them' });
}

function lastWithRows(records: readonly CellRecord[]): CellRecord {
  const last = records.findLast(({ result, views }) => result !== null || views.some(({ kind }) => kind === 'chart'));
  if (last) return last;
  throw new Problem('usage', 'there is no result to export yet.', {
    next: 'export daily daily.csv  or  export "from daily limit 5" five.csv',
  });
}

function inParentheses(sql: string, verb: string): string {
  return wrapped.has(verb) ? `from (${sql}\n)` : sql;
}

/** `daily`, `meta.runs`, `"my table"`: each part as an identifier, so that a name is never more than a name. */
function tableName(text: string): string {
  const parts = text.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [];
  return parts.map(part => (part.startsWith('"') ? part : `"${part.replaceAll('"', '""')}"`)).join('.');
}
