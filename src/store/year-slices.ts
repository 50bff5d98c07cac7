/**
 * The order in which bars go into their table. Whole histories that come together are laid down year by year: the codes' bars of one
 * year, then those of the next. A day of the market then lies in a few vectors of a row group instead of one for every code
 * (a vector is decoded whole, for one row of it as for all), while a code's bars stay in the same row groups. Over 24 million
 * bars this makes `daily where date = …` three times as fast; the whole history of one code takes 2 ms longer.
 */
import type { Column } from '../market/columns.ts';
import type { Piece } from './stage.ts';

/** Whole pieces cut at the turns of years, the oldest year first; inside a year in the order given. No row is lost or doubled. */
export function* byYear(pieces: readonly Piece[], dateOf: (piece: Piece) => Column | undefined): Generator<Piece> {
  const years = new Map<number, Piece[]>();
  for (const piece of pieces) {
    const dates = dateOf(piece);
    if (dates?.kind !== 'date') {
      yield piece;
      continue;
    }
    for (const [year, from, to] of stretches(dates.values, piece.rows)) {
      const slice = { rows: to - from, columns: piece.columns, from };
      const known = years.get(year);
      if (known) known.push(slice);
      else years.set(year, [slice]);
    }
  }
  for (const [, slices] of [...years].sort(([one], [other]) => one - other)) yield* slices;
}

/** Runs of rows of one year, from row to before row. */
function* stretches(days: Int32Array, rows: number): Generator<[year: number, from: number, to: number]> {
  let [from, year, first, next] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const day = days[row] as number;
    if (row > 0 && day >= first && day < next) continue;
    if (row > 0) yield [year, from, row];
    from = row;
    year = new Date(day * 86_400_000).getUTCFullYear();
    first = Date.UTC(year, 0, 1) / 86_400_000;
    next = Date.UTC(year + 1, 0, 1) / 86_400_000;
  }
  if (rows > 0) yield [year, from, rows];
}
