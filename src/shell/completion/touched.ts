/** What of the things that completion knows a submitted text may have changed, by the first words of its statements. Wrong only on the side of more. */
import { sqlTokens, verbOf } from '../sql-tokens.ts';
import { type IsCommand, splitText } from '../statements.ts';

export interface Touched {
  /** Which tables and columns there are, and what a bare name means. */
  readonly tables: boolean;
  readonly functions: boolean;
  /** What stands in them: securities, runs, universes. */
  readonly rows: boolean;
}

export const nothingTouched: Touched = { tables: false, functions: false, rows: false };
/** After a job. */
export const stored: Touched = { tables: true, functions: false, rows: true };
const all: Touched = { tables: true, functions: true, rows: true };

const reads = new Set(
  'select from values table describe desc summarize show explain pivot pivot_wider pivot_longer unpivot'.split(' '),
);
const writesRows = new Set(['insert', 'update', 'delete', 'merge', 'copy', 'truncate']);

export function touchedBy(text: string, isCommand: IsCommand): Touched {
  let touched = nothingTouched;
  for (const piece of splitText(text, isCommand).pieces) {
    const own = piece.kind === 'sql' ? touchedByStatement(piece.text) : all;
    touched = {
      tables: touched.tables || own.tables,
      functions: touched.functions || own.functions,
      rows: touched.rows || own.rows,
    };
  }
  return touched;
}

function touchedByStatement(sql: string): Touched {
  const tokens = sqlTokens(sql);
  const verb = verbOf(tokens);
  // With EXPLAIN ANALYZE a statement runs.
  if (reads.has(verb) && !tokens.slice(0, 3).some(({ text }) => /^analy[sz]e$/i.test(text))) return nothingTouched;
  if (writesRows.has(verb)) return { ...nothingTouched, rows: true };
  if (verb !== 'create' && verb !== 'drop') return verb === 'alter' ? { ...nothingTouched, tables: true } : all;
  const functions = tokens.slice(1, 5).some(({ text }) => /^(macro|function)$/i.test(text));
  return { tables: true, functions, rows: false };
}
