/** `rerun`: runs cells again, each in its place: `_3` is the new result afterwards. Stops at the first that fails. */
import { Problem } from '../src/market/problem.ts';
import { shown } from '../src/output/shown.ts';
import { chosenCells, firstLine, isAside } from '../src/shell/cell-choice.ts';
import type { Command } from '../src/shell/command.ts';

interface RerunOptions {
  readonly cells: string[];
}

export const rerun: Command<RerunOptions> = {
  name: 'rerun',
  positionals: '[cells..]',
  usage: 'CELLS | stale',
  summary: 'runs cells again, each in its place',
  group: 'shell',
  examples: [
    { line: 'rerun 3', says: 'one; _3 is the new result then' },
    { line: 'rerun 3-7', says: 'several, up to the first that fails' },
    { line: 'rerun stale', says: 'those whose tables have changed' },
  ],
  options: yargs =>
    yargs.positional('cells', {
      type: 'string',
      array: true,
      default: [] as string[],
      describe: '3, 3-7, a name, stale or all',
    }) as never,
  async run({ cells: words }, { cells, emit, signal }) {
    if (words.length === 0) throw new Problem('usage', 'rerun takes cells.', { next: 'rerun 3, or rerun stale' });
    const chosen = chosenCells(words, cells.records);
    const several = chosen.length > 1 || words.some(word => word === 'stale' || word === 'all');
    const runnable = several ? chosen.filter(record => !isAside(record)) : chosen;
    const before = new Set(cells.records.map(({ cell }) => cell));
    for (const record of runnable) {
      if (signal.aborted) throw new Problem('interrupted', `cancelled before cell ${record.cell}.`);
      if (!before.has(record.cell)) continue;
      emit({ kind: 'note', level: 'say', sentence: `[${record.cell}] ${shown(firstLine(record))}` });
      const exitCode = await cells.rerun(record.cell);
      if (exitCode !== 0) return { view: null, exitCode };
    }
    if (runnable.length > 0) return { view: null, exitCode: 0 };
    const sentence = words.includes('stale') ? 'no cell is stale.' : 'there is nothing to run again.';
    return { view: { kind: 'note', level: 'say', sentence }, exitCode: 0 };
  },
};
