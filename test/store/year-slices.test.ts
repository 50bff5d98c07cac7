/** Histories that come together lie in their table year by year, whole and once. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toDays } from '../../src/market/date.ts';
import type { Piece } from '../../src/store/stage.ts';
import { commit } from '../../src/store/writer.ts';
import { byYear } from '../../src/store/year-slices.ts';
import { all, type Bar, ended, Files, request, series, startRun } from './fixture.ts';

let files: Files;

beforeAll(() => {
  files = new Files();
});
afterAll(() => files.close());

const piece = (...days: string[]): Piece => ({
  rows: days.length,
  columns: [{ kind: 'date', values: Int32Array.from(days, day => toDays(day as never)), valid: null }],
});

it('cuts at the turns of years and where days go back, and keeps the order inside a year', () => {
  const [one, two, old] = [
    piece('2022-12-30', '2023-01-03', '2023-12-29', '2024-01-02'),
    piece('2023-06-01', '2022-01-04', '2022-01-04', '2024-12-31'),
    piece('1969-12-31', '1970-01-01'),
  ];
  const cut = [...byYear([one, piece(), two, old], ({ columns }) => columns[0])];
  const from = (of: Piece, first: number, rows: number) => ({ columns: of.columns, from: first, rows });
  expect(cut).toEqual([
    from(old, 0, 1),
    from(old, 1, 1),
    from(one, 0, 1),
    from(two, 1, 2),
    from(one, 1, 2),
    from(two, 0, 1),
    from(one, 3, 1),
    from(two, 3, 1),
  ]);
});

it('lays down daily bars of several codes a year at a time', async () => {
  const database = await files.open();
  const run = await startRun(database);
  const days = ['2022-12-29', '2022-12-30', '2023-01-03', '2023-01-04', '2024-01-02'];
  const codes = ['sz.000651', 'sh.600519', 'sh.600000'];
  await commit(
    database,
    request(
      run,
      codes.map(code => ended({ bars: series(code, days) })),
    ),
  );
  expect(await all(database, 'select code, date::varchar from daily')).toEqual(
    ['2022', '2023', '2024'].flatMap(year =>
      codes.flatMap(code => days.filter(day => day.startsWith(year)).map(day => [code, day])),
    ),
  );
  // Again, with a changed bar among them: the same rows, and one revision.
  const changed: Bar[] = series('sh.600000', days).map(bar => ({ ...bar, close: 99, high: 99 }));
  await commit(
    database,
    request(run, [ended({ bars: series('sz.000651', days) }), ended({ bars: changed.slice(2, 3) })]),
  );
  expect(await all(database, 'select count(*), count(distinct (code, date)) from daily')).toEqual([[15, 15]]);
  expect(await all(database, 'select code, "at" from meta.revisions')).toEqual([['sh.600000', '2023-01-03']]);
});
