/** `gaps`: which sessions are missing, why, and the command that fills each. `--json`: `gaps[], codes, sessions, notGaps, to`. */
import { fetchedPeriods, type Period } from '../src/market/period.ts';
import { counted } from '../src/output/amounts.ts';
import { classWord, reasonWord } from '../src/output/outcome-words.ts';
import type { Command } from '../src/shell/command.ts';
import { codesTyped, dayTyped, storedMarket } from '../src/shell/stored-market.ts';
import type { EmptyReason } from '../src/source/outcome.ts';

interface GapsOptions {
  readonly codes: string[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly period: Period;
}

const mostShown = 40;

export const gaps: Command<GapsOptions> = {
  name: 'gaps',
  positionals: '[codes..]',
  usage: '[CODES…]',
  summary: 'which sessions are missing, and why',
  group: 'look',
  examples: [
    { line: 'gaps', says: 'of all codes that were ever asked for' },
    { line: 'gaps 600519 --from 2020', says: 'of one code since a day' },
  ],
  options: yargs =>
    yargs
      .positional('codes', { type: 'string', array: true, default: [] as string[], describe: 'codes or names' })
      .option('from', { type: 'string', describe: 'DATE; default the first session asked for of each code' })
      .option('to', { type: 'string', describe: 'DATE, default the last published session' })
      .option('period', { choices: fetchedPeriods, default: 'd' as Period, describe: 'd daily, or minutes' }) as never,
  async run({ codes: inputs, from, to, period }, context) {
    const market = await storedMarket(context);
    const { findGaps } = await import('../src/sync/gaps.ts');
    const found = await findGaps(market.database, {
      ...market,
      codes: inputs.length === 0 ? null : await codesTyped(inputs, market),
      from: await dayTyped(from, 'start', market),
      to: await dayTyped(to, 'end', market),
      period,
      source: context.engine.settings.source.value,
    });
    const sessions = found.gaps.reduce((sum, gap) => sum + gap.sessions, 0);
    const codes = new Set(found.gaps.map(({ code }) => code)).size;
    const not = Object.entries(found.notGaps).map(([why, many]) => `${many} ${reasonWord(why as EmptyReason)}`);
    const foot = [`${counted(codes, 'code')} · ${counted(sessions, 'session')}`];
    if (found.gaps.length > mostShown) foot.unshift(`… and ${found.gaps.length - mostShown} more; --json has all`);
    if (not.length > 0) foot.push(`not gaps: ${not.join(', ')}`);
    const shown = found.gaps
      .slice(0, mostShown)
      .map(gap => [
        gap.code,
        gap.name,
        gap.from === gap.to ? gap.from : `${gap.from} … ${gap.to}`,
        String(gap.sessions),
        gap.class === null ? gap.kind : `failed: ${classWord(gap.class)}`,
        gap.fill,
      ]);
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'code' },
          { name: 'name', worth: 1 },
          { name: 'missing' },
          { name: 'sessions', right: true, worth: 2 },
          { name: 'why', worth: 3 },
          { name: 'to fill it', worth: 0, role: 'accent' },
        ],
        rows: shown,
        empty:
          found.codes === 0
            ? 'nothing was asked for yet'
            : `no gaps in ${counted(found.codes, 'code')}${found.upTo === null ? '' : ` up to ${found.upTo}`}`,
        foot: found.gaps.length === 0 ? foot.slice(1) : foot,
        next: [],
        object: {
          gaps: found.gaps,
          codes,
          sessions,
          looked: found.codes,
          to: found.upTo,
          notGaps: found.notGaps,
        },
      },
      exitCode: 0,
    };
  },
};
