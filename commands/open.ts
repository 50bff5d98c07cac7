/** `open`: the cells of a file, shown and not run. `--json`: `file`, `cells[]`, `params`. */
import { basename } from 'node:path';
import type { Environment } from '../src/config/paths.ts';
import { Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import { forgetLastShell, lastShell } from '../src/shell/autosave.ts';
import type { CellAccess } from '../src/shell/cell-access.ts';
import type { OpenedCell } from '../src/shell/cell-book.ts';
import { firstLine } from '../src/shell/cell-choice.ts';
import type { Command, CommandResult } from '../src/shell/command.ts';
import { headParams, openedOf } from '../src/shell/notebook-cells.ts';
import { parseNotebook } from '../src/shell/notebook-file.ts';
import type { Param } from '../src/shell/params.ts';
import { readTextFile } from '../src/shell/text-file.ts';

interface OpenOptions {
  readonly last: boolean;
  readonly file: string | undefined;
}

export const open: Command<OpenOptions> = {
  name: 'open',
  positionals: '[file]',
  usage: 'FILE | --last',
  summary: 'the cells of a file, to be run or edited here',
  group: 'shell',
  examples: [
    { line: 'open notes.sql', says: 'shows its cells; rerun all runs them' },
    { line: 'open --last', says: 'those of a shell that was killed' },
  ],
  options: yargs =>
    yargs
      .positional('file', { type: 'string', describe: 'a .sql file' })
      .option('last', { type: 'boolean', default: false, describe: 'the cells of the last shell that was killed' }),
  async run({ file, last: killed }, { cells, engine }) {
    if (killed) return broughtBack(cells, engine.environment);
    if (file === undefined) throw new Problem('usage', 'open takes a file.', { next: 'open notes.sql' });
    const notebook = parseNotebook(await readTextFile(file));
    const opened = notebook.cells.filter(({ text }) => text !== '').map(openedOf);
    if (opened.length === 0) throw new Problem('failed', `${file} has no cells.`);
    if (notebook.head?.title) cells.title = notebook.head.title;
    const params = headParams(notebook);
    for (const param of params) cells.params.set(param);
    return openedAs(file, opened, params, cells);
  },
};

function broughtBack(cells: CellAccess, environment: Environment): CommandResult {
  const shell = lastShell(environment);
  if (!shell) throw new Problem('usage', 'no shell was killed that left cells.', { next: 'open notes.sql' });
  cells.title ??= shell.title;
  for (const param of shell.params) cells.params.set(param);
  const result = openedAs(`the shell on ${basename(shell.file)}`, shell.cells, shell.params, cells);
  forgetLastShell(environment);
  return result;
}

function openedAs(
  from: string,
  opened: readonly OpenedCell[],
  params: readonly Param[],
  cells: CellAccess,
): CommandResult {
  const numbers = cells.open(opened);
  const [first, last] = [numbers[0], numbers.at(-1)];
  const values = params.map(({ name, text }) => `$${name} ${text}`).join('  ');
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
      foot: [`${counted(opened.length, 'cell')} of ${from}, not run yet`, ...(values === '' ? [] : [values])],
      next: [[first === last ? `rerun ${first}` : `rerun ${first}-${last}`, 'runs them']],
      object: {
        file: from,
        cells: opened.map(({ text, title, name }, index) => ({ cell: numbers[index], title, name, text })),
        params: Object.fromEntries(params.map(({ name, text }) => [name, text])),
      },
    },
    exitCode: 0,
  };
}
