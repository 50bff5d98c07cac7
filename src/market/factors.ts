/**
 * Adjustment by the ratio method, as Baostock computes it. An event is a session whose exchange reference `pre_close` is not
 * the close before it: r = close(t−1) / pre_close(t), above 1 for dividends and splits. The backward factor (hfq) is the
 * running product of all r, 1 before the first event; the forward one (qfq) is that divided by the newest.
 *
 * hfq price = raw × hfq_factor, and never changes afterwards. qfq price = raw × hfq_factor / last_factor, unrounded, and
 * changes wholly with every event.
 */
import type { Code } from './code.ts';
import { addDays, type IsoDate } from './date.ts';
import { Problem } from './problem.ts';

/** Before every bar and after every bar there will be: the ends of the first and the last span. */
export const spansFrom = '1900-01-01' as IsoDate;
export const spansTo = '9999-12-31' as IsoDate;

export interface Factor {
  readonly exDate: IsoDate;
  /** Backward factor from this session on. */
  readonly hfqFactor: number;
}

export interface FactorSpan {
  readonly code: Code;
  readonly from_date: IsoDate;
  readonly to_date: IsoDate;
  readonly hfq_factor: number;
  readonly last_factor: number;
}

export interface ReferenceBar {
  readonly date: IsoDate;
  readonly close: number;
  /** Exchange reference; `null` where the provider gave none. */
  readonly preClose: number | null;
}

/** r of a session; 1 where the reference is the close before it (to half a tick of the provider's four decimals). */
export function eventRatio(closeBefore: number, preClose: number): number {
  return Math.abs(closeBefore - preClose) < 0.00005 ? 1 : closeBefore / preClose;
}

/** Backward factors from event ratios in order of date: their running product, times `start`. */
export function runningProduct(
  events: readonly { readonly exDate: IsoDate; readonly ratio: number }[],
  start = 1,
): Factor[] {
  let product = start;
  return events.map(({ exDate, ratio }) => {
    product *= ratio;
    return { exDate, hfqFactor: product };
  });
}

/**
 * Backward factors that raw bars tell by themselves. The bars must be of one code, ascending, with no session missing
 * between two of them: a hole would hide an event or invent one.
 */
export function factorsOfBars(bars: readonly ReferenceBar[], start = 1): Factor[] {
  const events = bars.flatMap((bar, index) => {
    const before = bars[index - 1];
    if (!before || bar.preClose === null || !(bar.preClose > 0)) return [];
    const ratio = eventRatio(before.close, bar.preClose);
    return ratio === 1 ? [] : [{ exDate: bar.date, ratio }];
  });
  return runningProduct(events, start);
}

/**
 * The factors of one code as spans without gap or overlap, the first from 1900-01-01 with factor 1, the last to 9999-12-31;
 * every span carries the newest factor. Without factors it is one span of factor 1.
 *
 * @param factors In any order, one for an ex-date.
 * @throws Problem `failed` for a factor that is not above 0, or two that differ for one ex-date.
 */
export function spansOf(code: Code, factors: readonly Factor[]): FactorSpan[] {
  const events = [...factors].sort((a, b) => (a.exDate < b.exDate ? -1 : a.exDate > b.exDate ? 1 : 0));
  for (const [index, { exDate, hfqFactor }] of events.entries()) {
    if (!(hfqFactor > 0 && Number.isFinite(hfqFactor))) {
      throw new Problem(
        'failed',
        `the factor of ${code} on ${exDate} is ${hfqFactor}, which no price can be scaled by`,
      );
    }
    const next = events[index + 1];
    if (next?.exDate === exDate && next.hfqFactor !== hfqFactor) {
      throw new Problem('failed', `${code} has two factors on ${exDate}: ${hfqFactor} and ${next.hfqFactor}`);
    }
  }
  const dated = events.filter(({ exDate }, index) => exDate !== events[index + 1]?.exDate && exDate > spansFrom);
  const starts: Factor[] = [{ exDate: spansFrom, hfqFactor: 1 }, ...dated];
  const last = starts.at(-1) as Factor;
  return starts.map(({ exDate, hfqFactor }, index) => {
    const next = starts[index + 1];
    return {
      code,
      from_date: exDate,
      to_date: next ? addDays(next.exDate, -1) : spansTo,
      hfq_factor: hfqFactor,
      last_factor: last.hfqFactor,
    };
  });
}
