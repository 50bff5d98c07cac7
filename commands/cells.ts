/**
 * `cells`: what was typed in this session, with what came of it. `--json`: `cells[]` with `cell, name, title, text, state, exitCode,
 * rows, kept, ms, at, reads, run, stale`.
 */
import { isoStamp, took } from '../src/output/amounts.ts';
import { firstLine } from '../src/shell/cell-choice.ts';
import type { CellRecord } from '../src/shell/cell-record.ts';
import type { Command } from '../src/shell/command.ts';

interface CellsOptions {
  readonly limit: number;
}

export const cells: Command<CellsOptions> = {
  name: 'cells',
  positionals: '',
  usage: '',
  summary: 'what was typed here, and what came of it',
  group: 'shell',
  examples: [{ line: 'cells', says: 'number, name, text, rows, time; which are stale' }],
  options: yargs => yargs.option('limit', { type: 'number', default: 40, describe: 'N newest' }),
  async run({ limit }, { cells: { records } }) {
    const shown = records.slice(-Math.max(1, limit));
    const stale = records.filter(record => record.stale).length;
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'cell', right: true },
          { name: 'name', worth: 2 },
          { name: 'text', least: 16 },
          { name: 'rows', right: true, worth: 4 },
          { name: 'time', right: true, worth: 1, role: 'dim' },
          { name: 'at', worth: 0, role: 'dim' },
          { name: '', worth: 5, role: 'warn' },
        ],
        rows: shown.map(record => [
          String(record.cell),
          record.name ?? '',
          firstLine(record),
          rowsOf(record),
          record.state === 'ran' ? took(record.ms) : '',
          record.at === null ? '' : isoStamp(record.at).slice(11, 19),
          stateOf(record),
        ]),
        empty: 'no cell has run yet',
        foot: records.length > shown.length ? [`${shown.length} of ${records.length} cells`] : [],
        next: stale > 0 ? [['rerun stale', 'runs them again']] : [],
        object: { cells: records.map(objectOf) },
      },
      exitCode: 0,
    };
  },
};

function rowsOf({ result }: CellRecord): string {
  if (!result) return '';
  return result.rows === null ? 'many' : String(result.rows);
}

function stateOf({ state, exitCode, stale }: CellRecord): string {
  if (state === 'opened') return 'not run';
  if (exitCode === 130) return 'cancelled';
  if (exitCode !== 0 && exitCode !== 3) return 'failed';
  return stale ? 'stale' : '';
}

function objectOf(record: CellRecord): Readonly<Record<string, unknown>> {
  const { cell, name, title, text, state, exitCode, result, ms, at, reads, run, stale } = record;
  return {
    cell,
    name,
    title,
    text,
    state,
    exitCode,
    rows: result?.rows ?? null,
    kept: result !== null && result.table !== null,
    ms: Math.round(ms * 10) / 10,
    at: at === null ? null : isoStamp(at),
    reads,
    run,
    stale,
  };
}
