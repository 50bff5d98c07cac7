/**
 * Daily price limits: how far a stock may move from the exchange's reference price, and the limit prices themselves in exact
 * decimals. Compare a close with `pre_close`, never with the close before it. From the exchanges' trading rules:
 *
 * | board                 | percent                          | since      |
 * | main                  | 10                               | 1996-12-16 |
 * | main, ST and *ST      | 5; 10 from 2026-07-06            | 1998-04-22 |
 * | ChiNext, ST too       | 10; 20 from 2020-08-24           |            |
 * | STAR, ST too          | 20                               | 2019-07-22 |
 * | Beijing               | 30                               | 2021-11-15 |
 *
 * New listings have none for their first five sessions on STAR, on ChiNext since 2020-08-24 and on the main board since
 * 2023-04-10; before that their first day allowed +44/−36 % (from 2014, none earlier). In Beijing the first day has none.
 */
import type { Board } from './code.ts';
import type { IsoDate } from './date.ts';

export interface LimitPercent {
  readonly up: number;
  readonly down: number;
}

export interface LimitQuestion {
  readonly board: Board;
  readonly date: IsoDate;
  readonly isSt: boolean;
  /** 1 on the first session after listing; leave out where it is not known or long past. */
  readonly session?: number;
}

const mainSince = '1996-12-16';
const stSince = '1998-04-22';
const stTenSince = '2026-07-06';
const chinextTwentySince = '2020-08-24';
const starSince = '2019-07-22';
const bseSince = '2021-11-15';
const mainFreeSince = '2023-04-10';
const firstDaySince = '2014-01-01';
const freeSessions = 5;

/** The limit in whole percent, or `null` where none applies. */
export function limitPercent({
  board,
  date,
  isSt,
  session = Number.POSITIVE_INFINITY,
}: LimitQuestion): LimitPercent | null {
  const both = (percent: number): LimitPercent => ({ up: percent, down: percent });
  if (board === 'star') return date < starSince || session <= freeSessions ? null : both(20);
  if (board === 'bse') return date < bseSince || session <= 1 ? null : both(30);
  const free = date >= (board === 'chinext' ? chinextTwentySince : mainFreeSince);
  if (free && session <= freeSessions) return null;
  if (!free && session <= 1) return date < firstDaySince ? null : { up: 44, down: 36 };
  if (board === 'chinext') return both(free ? 20 : 10);
  if (date < mainSince) return null;
  return both(isSt && date >= stSince && date < stTenSince ? 5 : 10);
}

/**
 * A limit price: round-half-up(preClose × (100 ± percent) / 100, tick), computed in whole numbers.
 *
 * @param preClose Yuan with at most four decimals.
 * @param percent Signed whole percent: 10, −10.
 * @param decimals Of the tick: 2 (0.01 yuan) for stocks, 3 for ETFs.
 */
export function limitPrice(preClose: number, percent: number, decimals: 2 | 3 = 2): number {
  const tenThousandths = Math.round(preClose * 10_000);
  const millionths = tenThousandths * (100 + percent);
  const tick = decimals === 2 ? 10_000 : 1_000;
  return Math.floor((millionths + tick / 2) / tick) / (1_000_000 / tick);
}
