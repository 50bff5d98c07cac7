/** A code's daily prices as the provider adjusts them itself. They are compared and never stored. */
import type { Failure } from '../outcome.ts';
import { comparedDataset, type Part } from '../source.ts';
import type { Asking } from './asking.ts';
import { dailyColumns } from './datasets/market.ts';
import { refusedBefore } from './errors.ts';
import { PageReader } from './parts.ts';

/** `adjustflag` of the provider's documentation. */
const flags: Readonly<Record<string, string>> = { hfq: '1', qfq: '2' };
const wanted = new Set(['date', 'code', 'open', 'high', 'low', 'close']);

export async function runAdjusted(
  { code, adjust, from, to }: Readonly<Record<string, string>>,
  asking: Asking,
): Promise<readonly Part[] | Failure> {
  const adjustflag = flags[adjust ?? ''];
  if (!code || !from || !to || !adjustflag) {
    return refusedBefore('10004006', 'A comparison needs a code, its adjustment, its first and its last day.');
  }
  const columns = dailyColumns.filter(({ ours }) => wanted.has(ours));
  const reader = new PageReader(columns, 2000);
  const fields = columns.map(({ theirs }) => theirs).join(',');
  const given = { code, fields, start: from, end: to, frequency: 'd', adjustflag };
  const failure = await asking.ask('query_history_k_data_plus', given, reader);
  if (failure) return failure;
  const rows = reader.finish();
  return [{ table: comparedDataset, batch: rows.batch(), rejected: rows.rejected }];
}
