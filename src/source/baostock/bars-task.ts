/** Bars of one code: K data as traded, all pages, and where asked for the code's whole factor history. */
import { type Code, classify } from '../../market/code.ts';
import type { Batch } from '../../market/columns.ts';
import { type IsoDate, later } from '../../market/date.ts';
import { type Period, tableOf } from '../../market/period.ts';
import { reviewBars } from '../../market/quality.ts';
import type { Failure } from '../outcome.ts';
import type { BarsTask, Part } from '../source.ts';
import type { Asking } from './asking.ts';
import { runDataset } from './dataset-task.ts';
import { dailyColumns, factors, minuteColumns } from './datasets/market.ts';
import { dailyFields, minuteFields } from './messages.ts';
import { constant, PageReader, withColumns, withoutTrade } from './parts.ts';

const unadjusted = '3';

export async function runBars(task: BarsTask, asking: Asking): Promise<readonly Part[] | Failure> {
  const { code, period, from, to } = task;
  const daily = period === 'd';
  const reader = new PageReader(daily ? dailyColumns : minuteColumns, barsExpected(period, from, to));
  const given = {
    code,
    fields: daily ? dailyFields : minuteFields,
    start: from,
    end: to,
    frequency: period,
    adjustflag: unadjusted,
  };
  const failure = await asking.ask('query_history_k_data_plus', given, reader);
  if (failure) return failure;
  const rows = reader.finish();
  const completed = daily ? asTraded(rows.batch(), code) : rows.batch();
  const { kept, rejected } = reviewBars(completed, { code, period, from, to }, row => rows.raw(row));
  const bars: Part = { table: tableOf(period), batch: kept, rejected: [...rows.rejected, ...rejected] };
  if (!task.factors) return [bars];
  const history = await runDataset(factors, { code, to: later(to, asking.today()) }, asking);
  return Array.isArray(history) ? [bars, ...history] : (history as Failure);
}

/** ST means nothing outside stocks: the provider marks every ETF with it. */
function asTraded(batch: Batch, code: Code): Batch {
  const traded = withoutTrade(batch);
  const { kind } = classify(code);
  if (kind !== 'etf' && kind !== 'fund') return traded;
  return withColumns(traded, { is_st: constant(traded.rows, false) });
}

/** Room for the rows of the range, generously: weekends count as sessions. */
function barsExpected(period: Period, from: IsoDate, to: IsoDate): number {
  const days = Math.max(1, (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1);
  return Math.min(20_000, Math.ceil(days * 0.72) * (period === 'd' ? 1 : 240 / Number(period)));
}
