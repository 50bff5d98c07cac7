/**
 * What tells adjusted prices and other units where a file does not say them: stocks trade in hundredths of a yuan, funds in
 * thousandths, all of them between low and high, and amount and volume are never adjusted.
 */
import { Problem } from '../market/problem.ts';
import type { Database } from '../store/database.ts';
import { readCount } from '../store/values.ts';
import type { OpenedFile } from './import-file.ts';
import { expressionsOf } from './import-forms.ts';

interface Signs {
  readonly rows: number;
  /** Prices with more decimals than the tick of any security. */
  readonly fine: number;
  /** Traded rows, and those whose average price (amount by volume) is far outside low and high. */
  readonly traded: number;
  readonly outside: number;
  /** Average price by close, of the row in the middle; null where nothing traded. */
  readonly times: number | null;
}

/** @throws Problem `usage` for a file whose prices cannot be those at which was traded. */
export async function refuseStrangePrices(database: Database, file: OpenedFile): Promise<void> {
  const { rows, fine, traded, outside, times } = await readSigns(database, file);
  const isFine = rows > 0 && fine * 20 >= rows;
  const isOutside = traded > 0 && outside * 5 >= traded;
  const units = isOutside && !isFine ? unitsOf(times) : null;
  if (units !== null) {
    throw new Problem(
      'usage',
      `the amounts of ${file.name} by its volumes are ${units.times} times its prices, as ${units.like} would make them.`,
      { next: 'volume in shares and amount in yuan, under the headers of our own export: help import' },
    );
  }
  if (!isFine && !isOutside) return;
  const because = isFine
    ? 'have more decimals than an exchange has ticks'
    : 'are not those at which its amounts and volumes traded';
  throw new Problem('usage', `the prices of ${file.name} ${because}, as adjusted ones are.`, {
    next: '--as-traded takes them as they are, of indices for instance',
  });
}

/** The units that make an average price so many times the close: lots, thousands, ten thousands; null where none do. */
function unitsOf(times: number | null): { readonly times: string; readonly like: string } | null {
  if (times === null || !(times > 0)) return null;
  const power = Math.log10(times);
  const whole = Math.round(power);
  if (Math.abs(power - whole) > 0.03) return null;
  if (whole === -1) return { times: '1/10', like: 'lots of 100 shares and thousands of yuan' };
  const many = (10 ** Math.abs(whole)).toLocaleString('en-US');
  if (whole >= 2) return { times: many, like: `volumes in lots of ${many} shares` };
  return whole <= -3 ? { times: `1/${many}`, like: `amounts in units of ${many} yuan` } : null;
}

async function readSigns(database: Database, { form, headers, reader, bound }: OpenedFile): Promise<Signs> {
  const { close, low, high, volume, amount } = expressionsOf(form, headers);
  const { rows } = await database.pool.query(
    `select count(c_), count(*) filter (where abs(c_ * 1000 - round(c_ * 1000)) > 1e-6), count(*) filter (where v_ > 0),
      count(*) filter (where v_ > 0 and a_ / v_ not between l_ * 0.97 and h_ * 1.03),
      median(a_ / v_ / c_) filter (where v_ > 0 and a_ > 0 and c_ > 0)
    from (select ${close} as c_, ${low} as l_, ${high} as h_, ${volume} as v_, ${amount} as a_ from ${reader})`,
    bound,
    { tag: 'import' },
  );
  const [row = []] = rows;
  const [all = 0, fine = 0, traded = 0, outside = 0] = row.slice(0, 4).map(readCount);
  const times = row[4];
  return { rows: all, fine, traded, outside, times: times === null || times === undefined ? null : Number(times) };
}
