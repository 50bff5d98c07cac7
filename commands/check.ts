/**
 * `check`: the file against what it promises. Exit code 3 where something is broken; what is odd is told. `--json`: `checks[]` with
 * `name, means (broken, odd), where, found, example`; `found`, `odd`.
 */
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
    const broken = checks.filter(({ found, means }) => found > 0 && means === 'broken');
    const odd = checks.filter(({ found, means }) => found > 0 && means === 'odd');
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'check' },
          { name: 'is', worth: 2 },
          { name: 'table', worth: 1 },
          { name: 'found', right: true },
          { name: 'such as', worth: 0, least: 16, role: 'dim' },
        ],
        rows: (verbose ? checks : [...broken, ...odd]).map(({ name, means, where, found, example }) => [
          name,
          found === 0 ? 'holds' : means,
          where,
          count(found),
          example ?? '',
        ]),
        empty: null,
        foot: [
          broken.length === 0
            ? odd.length === 0
              ? `${counted(checks.length, 'check')}, all hold`
              : `${counted(checks.length - odd.length, 'check')} hold; what is odd may be true and is worth a look`
            : `${broken.length} of ${counted(checks.length, 'check')} do not hold`,
        ],
        next: broken.some(({ name }) => name === 'coverage counts its rows')
          ? [['sync', 'asks for rows that are gone']]
          : [],
        object: { checks, found: broken.length, odd: odd.length },
      },
      exitCode: broken.length === 0 ? exitCodes.ok : exitCodes.partial,
    };
  },
};
