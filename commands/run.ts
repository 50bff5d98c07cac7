/** `run`: a file of SQL, or a notebook with its commands and parameters, from its first statement to the first that fails. */
import { basename } from 'node:path';
import type { Command } from '../src/shell/command.ts';
import { headParams } from '../src/shell/notebook-cells.ts';
import { parseNotebook, runnable } from '../src/shell/notebook-file.ts';
import { paramFrom } from '../src/shell/params.ts';
import { readTextFile } from '../src/shell/text-file.ts';

interface RunOptions {
  readonly file: string;
  readonly set: string[];
}

export const run: Command<RunOptions> = {
  name: 'run',
  positionals: '<file>',
  usage: 'FILE',
  summary: 'runs a .sql file, with its commands',
  group: 'shell',
  examples: [
    { line: 'run notes.sql', says: 'to its end, or to the first statement that fails' },
    { line: 'run notes.sql --set code=sz.000001', says: 'with another value than the file has' },
  ],
  options: yargs =>
    yargs.positional('file', { type: 'string', demandOption: true, describe: 'a .sql file' }).option('set', {
      type: 'string',
      array: true,
      default: [] as string[],
      describe: 'NAME=VALUE of a $NAME',
    }) as never,
  async run({ file, set }, { cells }) {
    const given = set.map(paramFrom);
    const source = await readTextFile(file);
    const params = cells.params.with([...headParams(parseNotebook(source)), ...given]);
    const exitCode = await cells.runText(runnable(source), { name: basename(file), params });
    return { view: null, exitCode };
  },
};
