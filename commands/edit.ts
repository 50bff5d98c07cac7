/** `edit`: puts the text of a cell into the prompt's editor; it runs as a new cell. */
import { Problem } from '../src/market/problem.ts';
import { chosenCells } from '../src/shell/cell-choice.ts';
import type { Command } from '../src/shell/command.ts';

interface EditOptions {
  readonly cell: string | undefined;
}

export const edit: Command<EditOptions> = {
  name: 'edit',
  positionals: '[cell]',
  usage: '[CELL]',
  summary: 'the text of a cell in the editor',
  group: 'shell',
  examples: [{ line: 'edit 3', says: 'cell 3, to be changed and run as a new one' }],
  options: yargs => yargs.positional('cell', { type: 'string', describe: 'number or name; the last one' }),
  async run({ cell }, { cells: { records }, interactive }) {
    if (!interactive) throw new Problem('usage', 'edit needs a prompt.', { next: 'duckline, then edit 3' });
    const [record] = cell === undefined ? records.slice(-1) : chosenCells([cell], records);
    if (!record) throw new Problem('usage', 'no cell has run yet.');
    return { view: null, exitCode: 0, edit: record.text };
  },
};
