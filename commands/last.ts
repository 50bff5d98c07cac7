/** `last`: the last stored session of codes, and how far behind it is. `--json`: `codes[]` with `code, name, first, last, rows, behind`. */
import { fetchedPeriods, type Period } from '../src/market/period.ts';
import { Problem } from '../src/market/problem.ts';
import { count, counted } from '../src/output/amounts.ts';
import type { Command } from '../src/shell/command.ts';
import { codesTyped, storedMarket } from '../src/shell/stored-market.ts';

interface LastOptions {
  readonly codes: string[];
  readonly all: boolean;
  readonly period: Period;
}

const mostShown = 40;

export const last: Command<LastOptions> = {
  name: 'last',
  positionals: '[codes..]',
  usage: 'CODES… | --all',
  summary: 'the last stored session, and how far behind it is',
  group: 'look',
  examples: [
    { line: 'last 600519', says: 'one code' },
    { line: 'last --all', says: 'every stored code, those furthest behind first' },
  ],
  options: yargs =>
    yargs
      .positional('codes', { type: 'string', array: true, default: [] as string[], describe: 'codes or names' })
      .option('all', { type: 'boolean', default: false, describe: 'every stored code' })
      .option('period', { choices: fetchedPeriods, default: 'd' as Period, describe: 'd daily, or minutes' }) as never,
  async run({ codes: inputs, all, period }, context) {
    if (all === inputs.length > 0) {
      throw new Problem('usage', 'last takes codes, or --all.', { next: 'last 600519, or last --all' });
    }
    const market = await storedMarket(context);
    const { database, clock, catalogue, calendar } = market;
    const { readStoredDays, sessionsBehind } = await import('../src/sync/stored-days.ts');
    const typed = all ? undefined : await codesTyped(inputs, market);
    const stored = await readStoredDays(database, period, typed);
    const found = (typed ?? [...stored.keys()]).map(code => {
      const days = stored.get(code);
      const instrument = catalogue.get(code);
      const behind = days ? sessionsBehind(calendar, period, clock, days.last, instrument) : null;
      return {
        code,
        name: instrument?.name ?? '',
        first: days?.first ?? null,
        last: days?.last ?? null,
        rows: days?.rows ?? 0,
        behind,
      };
    });
    if (all) found.sort((a, b) => (b.behind ?? 0) - (a.behind ?? 0) || (a.code < b.code ? -1 : 1));
    const late = found.filter(({ behind }) => (behind ?? 0) > 0).length;
    const more = found.length - mostShown;
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'code' },
          { name: 'name', worth: 1 },
          { name: 'last' },
          { name: 'behind', right: true },
          { name: 'bars', right: true, worth: 0 },
          { name: 'first', worth: 0, role: 'dim' },
        ],
        rows: found
          .slice(0, mostShown)
          .map(({ code, name, first, last: end, rows, behind }) => [
            code,
            name,
            end ?? 'nothing stored',
            behind === null ? '-' : String(behind),
            count(rows),
            first ?? '',
          ]),
        empty: 'nothing is stored yet',
        foot:
          found.length === 0
            ? []
            : [
                ...(more > 0 ? [`… and ${more} more; --json has all`] : []),
                `${counted(late, 'code')} of ${found.length} behind`,
              ],
        next: late > 0 && all ? [['sync', 'completes them']] : [],
        object: { codes: found },
      },
      exitCode: 0,
    };
  },
};
