/** `view`: the rows of a cell, whole, over the whole window; without one to open, what the cell showed. */
import { Problem } from '../src/market/problem.ts';
import { chosenCells } from '../src/shell/cell-choice.ts';
import type { Command } from '../src/shell/command.ts';
import { resultOpening } from '../src/shell/opening.ts';

interface ViewOptions {
  readonly cell: string | undefined;
}

export const view: Command<ViewOptions> = {
  name: 'view',
  positionals: '[cell]',
  usage: '[N]',
  summary: 'a result whole: page, search, sort, copy',
  group: 'look',
  examples: [
    { line: 'view', says: 'the last one, as F3 does' },
    { line: 'view 3', says: 'the rows of cell 3' },
  ],
  options: yargs => yargs.positional('cell', { type: 'string', describe: 'N or the name of a cell' }),
  async run({ cell }, { cells, opens }) {
    const { records } = cells;
    const [record] =
      cell === undefined ? [records.findLast(({ result }) => result !== null)] : chosenCells([cell], records);
    const opening = record ? resultOpening(record) : null;
    if (!record || opening?.kind !== 'result') {
      const what = cell === undefined ? 'there is no result yet.' : `cell ${cell} left no rows.`;
      throw new Problem('usage', what, { next: 'cells  lists them' });
    }
    return { view: opening.shown, exitCode: 0, ...(opens ? { open: opening } : {}) };
  },
};
