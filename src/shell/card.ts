/** What the card of a security says, read from what is stored. Nothing is asked of a provider. */
import type { DuckDBValue } from '@duckdb/node-api';
import { classify } from '../market/code.ts';
import { Problem } from '../market/problem.ts';
import type { CardDay, CardView } from '../output/card-view.ts';
import { readDate, readText } from '../store/values.ts';
import { resolveCodes } from '../sync/resolve.ts';
import { readStoredDays, sessionsBehind } from '../sync/stored-days.ts';
import type { CommandContext } from './command.ts';
import { storedMarket } from './stored-market.ts';

const sessions = 60;

/** @throws Problem `usage` for what is no one security. */
export async function readCard(input: string, context: Pick<CommandContext, 'engine' | 'signal'>): Promise<CardView> {
  const { database, clock, catalogue, calendar } = await storedMarket(context);
  const { codes, problems } = resolveCodes([input], catalogue);
  const [found] = codes;
  if (!found) throw problems[0] ?? new Problem('usage', `${input} is no security.`);
  const { code, note } = found;
  const instrument = catalogue.get(code);
  const known = classify(code);
  const options = { tag: 'card', signal: context.signal };
  const [stored, days, closes, industry] = await Promise.all([
    readStoredDays(database, 'd', [code]),
    database.pool.query(
      `select date, close, pct_chg, turn, amount, pe_ttm, pb_mrq, is_suspended
       from main.daily where code = $code order by date desc limit 1`,
      { code },
      options,
    ),
    database.pool.query(
      `select close from (select date, close from main.daily_qfq where code = $code order by date desc limit ${sessions})
       order by date`,
      { code },
      options,
    ),
    database.pool.query('select industry from main.instruments where code = $code', { code }, options),
  ]);
  const range = stored.get(code);
  return {
    kind: 'card',
    code,
    name: instrument?.name ?? null,
    security: instrument?.kind ?? known.kind,
    board: known.board,
    industry: readText(industry.rows[0]?.[0]),
    listed: instrument?.listed ?? null,
    delisted: instrument?.delisted ?? null,
    last: days.rows[0] ? dayOf(days.rows[0]) : null,
    closes: closes.rows.map(([close]) => number(close)),
    stored: range ? { ...range, behind: sessionsBehind(calendar, 'd', clock, range.last, instrument) } : null,
    remark: note ?? null,
  };
}

/**
 * The card that a word alone means; null where it is no security's name, so that it is rather a mistyped command.
 * @throws Problem where it can be several securities, or its form says that a code was meant.
 */
export async function cardMeant(
  word: string,
  context: Pick<CommandContext, 'engine' | 'signal'>,
): Promise<CardView | null> {
  try {
    return await readCard(word, context);
  } catch (thrown) {
    const several = thrown instanceof Problem && /can be \d+ securities/.test(thrown.message);
    if (several || /\d{6}/.test(word) || !(thrown instanceof Problem) || thrown.kind !== 'usage') throw thrown;
    return null;
  }
}

function dayOf(row: readonly DuckDBValue[]): CardDay {
  const [date, close, change, turn, amount, pe, pb, suspended] = row;
  return {
    date: readDate(date) ?? '',
    close: number(close),
    change: number(change),
    turn: number(turn),
    amount: number(amount),
    // The provider writes 0 where a ratio makes no sense, as of an index.
    pe: number(pe) || null,
    pb: number(pb) || null,
    suspended: suspended === true,
  };
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
