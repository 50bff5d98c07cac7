/** The dividend rows of a company, consistent with its ex-dates: cells in the provider's columns. */

import { hash, whole } from '../chance.ts';
import type { Row } from '../market.ts';
import { dateOf, dayNumber } from './calendar.ts';
import { sixDecimals } from './cells.ts';
import type { Life } from './life.ts';

export function dividendRows(life: Life, dates: readonly string[]): Row[] {
  return life.exDates.map(ex => {
    const operate = dates[ex.session] as string;
    const day = dayNumber(operate);
    const seed = hash(life.listing.key, 5800 + ex.session);
    const announced = day - whole(seed, 1, 62, 92);
    const onTen = trimmed(ex.cashOnTen / 100, 2);
    const afterTax = trimmed((ex.cashOnTen * 0.9) / 100, 3);
    const bonus = ex.bonusOnTen > 0 ? `转${ex.bonusOnTen}股` : '';
    return [
      life.listing.code,
      '',
      dateOf(announced + 40),
      dateOf(announced),
      dateOf(day - whole(seed, 2, 6, 8)),
      dates[ex.session - 1] as string,
      operate,
      operate,
      ex.bonusOnTen > 0 ? operate : '',
      trimmed(ex.cashOnTen / 1000, 3),
      `${trimmed((ex.cashOnTen * 0.9) / 1000, 4)}或${trimmed(ex.cashOnTen / 1000, 3)}`,
      '0.000000',
      `10${bonus}派${onTen}元（含税，扣税后${afterTax}或${onTen}元）`,
      ex.bonusOnTen > 0 ? sixDecimals(ex.bonusOnTen * 100_000) : '',
    ];
  });
}

/** At most so many decimals, without zeros at the end. */
function trimmed(value: number, decimals: number): string {
  return value.toFixed(decimals).replace(/\.?0+$/, '');
}
