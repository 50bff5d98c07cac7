/** `tables`: the tables and views with their rows, or one with its columns and units. */
import { Problem } from '../src/market/problem.ts';
import type { Command } from '../src/shell/command.ts';
import { nearest } from '../src/shell/nearest.ts';

interface TablesOptions {
  readonly name: string | undefined;
  readonly list: boolean;
}

export const tables: Command<TablesOptions> = {
  name: 'tables',
  positionals: '[name]',
  usage: '[NAME]',
  summary: 'the tables, or one with its columns and units',
  group: 'look',
  examples: [
    { line: 'tables', says: 'with their rows; at the prompt to look through, with columns and first rows' },
    { line: 'tables --list', says: 'as a list there too' },
    { line: 'tables daily', says: 'columns with units' },
  ],
  options: yargs =>
    yargs
      .positional('name', { type: 'string', describe: 'a table or view: daily, meta.runs' })
      .option('list', { type: 'boolean', default: false, describe: 'print the list, do not open it' }),
  async run({ name, list }, { engine, signal, opens }) {
    const { readTables } = await import('../src/shell/read-tables.ts');
    const found = await readTables(await engine.database(), signal);
    if (name === undefined) {
      const view = { kind: 'tables', tables: found, only: null } as const;
      return { view, exitCode: 0, ...(opens && !list ? { open: { kind: 'tables', table: null } } : {}) };
    }
    const wanted = name.toLowerCase();
    const table = found.find(
      ({ schema, name: bare }) => `${schema}.${bare}`.toLowerCase() === wanted || bare.toLowerCase() === wanted,
    );
    if (table) return { view: { kind: 'tables', tables: [table], only: table.name }, exitCode: 0 };
    const names = found.map(({ schema, name: bare }) => (schema === 'main' ? bare : `${schema}.${bare}`));
    const [meant] = nearest(wanted, names, 1);
    throw new Problem('usage', `there is no table ${name}.`, {
      next: meant === undefined ? 'tables  lists them' : `did you mean ${meant} ?`,
    });
  },
};
