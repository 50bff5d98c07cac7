/** `check`: the file against what it promises. Exit code 3 where something is found. `--json`: `checks[]`, `found`. */
import { exitCodes } from '../src/market/problem.ts';
import { count, counted } from '../src/output/amounts.ts';
import type { Command } from '../src/shell/command.ts';

interface CheckOptions {
  readonly verbose: boolean;
}

export const check: Command<CheckOptions> = {
  name: 'check',
  positionals: '',
  usage: '',
  summary: 'the whole file: doubles, orphans, coverage, ledger',
  group: 'look',
  examples: [{ line: 'check', says: 'reads all tables and names what does not hold' }],
  options: yargs => yargs.option('verbose', { type: 'boolean', default: false, describe: 'also what holds' }) as never,
  async run({ verbose }, { engine, signal }) {
    const { checkFile } = await import('../src/sync/check.ts');
    const checks = await checkFile(await engine.database(), signal);
    const broken = checks.filter(({ found }) => found > 0);
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'check' },
          { name: 'table', worth: 1 },
          { name: 'found', right: true },
          { name: 'such as', worth: 0, least: 16, role: 'dim' },
        ],
        rows: (verbose ? checks : broken).map(({ name, where, found, example }) => [
          name,
          where,
          count(found),
          example ?? '',
        ]),
        empty: null,
        foot: [
          broken.length === 0
            ? `${counted(checks.length, 'check')}, all hold`
            : `${broken.length} of ${counted(checks.length, 'check')} do not hold`,
        ],
        next: broken.some(({ name }) => name === 'coverage counts its rows')
          ? [['sync', 'asks for rows that are gone']]
          : [],
        object: { checks, found: broken.length },
      },
      exitCode: broken.length === 0 ? exitCodes.ok : exitCodes.partial,
    };
  },
};
