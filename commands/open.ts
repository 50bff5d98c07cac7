/** `open`: the cells of a file, shown and not run. `--json`: `file`, `cells[]`, `params`. */
import { Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import { firstLine } from '../src/shell/cell-choice.ts';
import type { Command } from '../src/shell/command.ts';
import { headParams, openedOf } from '../src/shell/notebook-cells.ts';
import { parseNotebook } from '../src/shell/notebook-file.ts';
import { readTextFile } from '../src/shell/text-file.ts';

interface OpenOptions {
  readonly file: string | undefined;
}

export const open: Command<OpenOptions> = {
  name: 'open',
  positionals: '[file]',
  usage: 'FILE',
  summary: 'the cells of a file, to be run or edited here',
  group: 'shell',
  examples: [{ line: 'open notes.sql', says: 'shows its cells; rerun all runs them' }],
  options: yargs => yargs.positional('file', { type: 'string', describe: 'a .sql file' }),
  async run({ file }, { cells }) {
    if (file === undefined) throw new Problem('usage', 'open takes a file.', { next: 'open notes.sql' });
    const notebook = parseNotebook(await readTextFile(file));
    const opened = notebook.cells.filter(({ text }) => text !== '').map(openedOf);
    if (opened.length === 0) throw new Problem('failed', `${file} has no cells.`);
    if (notebook.head?.title) cells.title = notebook.head.title;
    const params = headParams(notebook);
    for (const param of params) cells.params.set(param);
    const numbers = cells.open(opened);
    const [first, last] = [numbers[0], numbers.at(-1)];
    const let_ = params.map(({ name, text }) => `$${name} ${text}`).join('  ');
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'cell', right: true },
          { name: 'name', worth: 1 },
          { name: 'text', least: 16 },
        ],
        rows: opened.map((cell, index) => [String(numbers[index]), cell.name ?? '', firstLine(cell)]),
        empty: null,
        foot: [`${counted(opened.length, 'cell')} of ${file}, not run yet`, ...(let_ === '' ? [] : [let_])],
        next: [[first === last ? `rerun ${first}` : `rerun ${first}-${last}`, 'runs them']],
        object: {
          file,
          cells: opened.map(({ text, title, name }, index) => ({ cell: numbers[index], title, name, text })),
          params: Object.fromEntries(params.map(({ name, text }) => [name, text])),
        },
      },
      exitCode: 0,
    };
  },
};
