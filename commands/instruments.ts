/** `instruments`: search the catalogue by code, Chinese name or pinyin initials. `--json`: `instruments[]`, `found`, `total`. */
import { classify } from '../src/market/code.ts';
import { becameNote, wasNote } from '../src/market/code-changes.ts';
import { Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import type { Command } from '../src/shell/command.ts';
import { storedMarket } from '../src/shell/stored-market.ts';

interface InstrumentsOptions {
  readonly query: string[];
  readonly limit: number;
}

export const instruments: Command<InstrumentsOptions> = {
  name: 'instruments',
  positionals: '[query..]',
  usage: 'QUERY',
  summary: 'securities by code, name or pinyin initials',
  group: 'look',
  examples: [
    { line: 'instruments 平安', says: 'names that hold it' },
    { line: 'instruments gzmt', says: 'pinyin initials' },
    { line: 'instruments 6885', says: 'the digits of a code' },
  ],
  options: yargs =>
    yargs
      .positional('query', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'part of a code, name or initials',
      })
      .option('limit', { type: 'number', default: 20, describe: 'N rows at most' }) as never,
  async run({ query, limit }, context) {
    if (!Number.isInteger(limit) || limit < 1) throw new Problem('usage', '--limit takes a whole number above 0.');
    const { database, clock, catalogue, calendar } = await storedMarket(context);
    const text = query.join(' ').trim();
    if (text === '') {
      throw new Problem('usage', 'instruments needs something to look for.', { next: 'instruments 平安' });
    }
    const { searchCatalogue } = await import('../src/sync/search.ts');
    const { readStoredDays, sessionsBehind } = await import('../src/sync/stored-days.ts');
    const hits = searchCatalogue(catalogue, text);
    const shown = hits.slice(0, limit);
    const stored = await readStoredDays(
      database,
      'd',
      shown.map(({ code }) => code),
    );
    const found = shown.map(instrument => {
      const days = stored.get(instrument.code);
      return {
        ...instrument,
        board: classify(instrument.code).board,
        stored: days ? { first: days.first, last: days.last, rows: days.rows } : null,
        behind: days ? sessionsBehind(calendar, 'd', clock, days.last, instrument) : null,
      };
    });
    const changes = shown.flatMap(({ code }) => {
      const [became, was] = [catalogue.became(code), catalogue.was(code)];
      return [...(became ? [`${code} ${becameNote(became)}`] : []), ...(was ? [`${code} ${wasNote(was)}`] : [])];
    });
    const given = [...catalogue.changes].filter(({ old }) => old === text.toLowerCase() || old.slice(3) === text);
    const nearest =
      hits.length + given.length > 0 ? [] : catalogue.nearest(text).map(({ code, name }) => `${code} ${name}`);
    const sorry =
      given.length > 0
        ? given.map(change => `${change.old} ${becameNote(change)}`).join('; ')
        : catalogue.size === 0
          ? 'no catalogue is stored yet; sync or fetch brings it'
          : `nothing is like ${text}`;
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'code' },
          { name: 'name' },
          { name: 'pinyin', worth: 1 },
          { name: 'kind', worth: 3 },
          { name: 'board', worth: 2 },
          { name: 'listed', worth: 0 },
          { name: 'stored daily', worth: 4 },
          { name: 'behind', right: true, worth: 4 },
        ],
        rows: found.map(({ code, name, pinyin, kind, board, listed, delisted, stored: days, behind }) => [
          code,
          name,
          pinyin,
          kind,
          board ?? '',
          `${listed ?? '-'}${delisted ? ` … ${delisted}` : ''}`,
          days ? `${days.first} … ${days.last}` : '-',
          behind === null ? '-' : String(behind),
        ]),
        empty: nearest.length > 0 ? `${sorry}; near it: ${nearest.join(', ')}` : sorry,
        foot:
          hits.length === 0
            ? []
            : [
                ...changes,
                `${shown.length < hits.length ? `${shown.length} shown, ` : ''}${hits.length} of ${counted(catalogue.size, 'security', 'securities')}`,
              ],
        next: [],
        object: { instruments: found, found: hits.length, total: catalogue.size },
      },
      exitCode: 0,
    };
  },
};
