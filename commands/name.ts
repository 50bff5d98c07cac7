/** `name`: gives a cell a name, so that its rows are `_name` in SQL and its marker in a file carries it. */
import { Problem } from '../src/market/problem.ts';
import { chosenCells } from '../src/shell/cell-choice.ts';
import type { Command } from '../src/shell/command.ts';

interface NameOptions {
  readonly cell: string;
  readonly name: string;
}

export const name: Command<NameOptions> = {
  name: 'name',
  positionals: '<cell> <name>',
  usage: 'CELL NAME',
  summary: 'names a cell: _NAME is its rows',
  group: 'shell',
  examples: [{ line: 'name 3 momentum', says: 'from _momentum; is the result of cell 3' }],
  options: yargs =>
    yargs
      .positional('cell', { type: 'string', demandOption: true, describe: 'its number' })
      .positional('name', { type: 'string', demandOption: true, describe: 'letters, digits and _' }),
  async run({ cell, name: given }, { cells }) {
    const bare = given.replace(/^_/, '');
    if (!/^\p{L}[\p{L}\p{N}_]*$/u.test(bare)) {
      throw new Problem('usage', `${given} cannot name a cell: letters, digits and _, a letter first.`, {
        next: `name ${cell} momentum`,
      });
    }
    const [record] = chosenCells([cell], cells.records);
    if (!record) throw new Problem('usage', `there is no cell ${cell}.`, { next: 'cells  lists them' });
    await cells.name(record.cell, bare);
    const sentence = `cell ${record.cell} is _${bare}`;
    return { view: { kind: 'note', level: 'say', sentence }, exitCode: 0 };
  },
};
