/** A dataset of ours: its requests by its declaration, its rows completed, one part for each request. */
import type { Batch, Column, Rejected } from '../../market/columns.ts';
import { type IsoDate, isDate, toDays } from '../../market/date.ts';
import { reviewBars } from '../../market/quality.ts';
import type { Failure } from '../outcome.ts';
import type { Part } from '../source.ts';
import type { Asking } from './asking.ts';
import type { Ask, DatasetDeclaration, ParameterName } from './datasets.ts';
import { outOfStep, refusedBefore } from './errors.ts';
import { messageOf } from './messages.ts';
import { boards, constant, PageReader, validTo, withColumns, withoutTrade, worded } from './parts.ts';
import type { RecordReader } from './record.ts';

type Given = Readonly<Partial<Record<ParameterName, string>>>;

/** Rows to make room for where nothing is known: a page. */
const expected = 2000;
/** The factor query answers from 2015 on unless told otherwise; no event is older than this. */
const firstFactorDay = '1990-01-01';

export async function runDataset(
  dataset: DatasetDeclaration,
  params: Readonly<Record<string, string>>,
  asking: Asking,
): Promise<readonly Part[] | Failure> {
  const given = params as Given;
  const wrong = wrongParameter(dataset, params);
  if (wrong) return wrong;
  const asks = dataset.asks.filter(ask => applies(ask, given));
  if (asks.length === 0) {
    const ways = dataset.asks.map(ask => (ask.needs ?? []).join(' and ')).join(' or ');
    return refusedBefore('10004006', `The dataset ${dataset.name} needs ${ways}.`);
  }
  const parts: Part[] = [];
  for (const ask of asks) {
    const reader = new PageReader(dataset.columns, expected);
    const failure = await asking.ask(ask.method, valuesOf(dataset, ask, given), reader);
    if (failure) return failure;
    const rows = reader.finish();
    const part = dataset.bars
      ? dayBars(dataset, ask, given, rows)
      : plain(dataset, ask, rows, vouchedFor(given, asking.today()));
    if ('class' in part) return asking.leave(part);
    parts.push(part);
  }
  return parts;
}

function wrongParameter(dataset: DatasetDeclaration, params: Readonly<Record<string, string>>): Failure | null {
  for (const name of Object.keys(params)) {
    if (!dataset.parameters.some(parameter => parameter.name === name)) {
      return refusedBefore('10004006', `The dataset ${dataset.name} takes no ${name}.`);
    }
  }
  for (const { name, required, choices } of dataset.parameters) {
    const value = params[name];
    if (required && !value) return refusedBefore('10004006', `The dataset ${dataset.name} needs a ${name}.`);
    if (value && choices && !choices.includes(value)) {
      return refusedBefore('10004006', `The ${name} of ${dataset.name} must be ${choices.join(', ')}.`);
    }
  }
  return null;
}

function applies(ask: Ask, given: Given): boolean {
  if (ask.needs && !ask.needs.every(name => given[name])) return false;
  const wanted = ask.choice && given[ask.choice.parameter];
  return !wanted || wanted === ask.choice?.value;
}

/** The provider's parameters: what was given, the shorter forms of dates where it wants them, and our own beginning. */
function valuesOf({ parameters }: DatasetDeclaration, ask: Ask, given: Given): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [theirs, ours] of Object.entries(ask.send)) {
    const value = given[ours];
    if (value === undefined) continue;
    const sent = parameters.find(({ name }) => name === ours)?.sent;
    values[theirs] = sent?.[value] ?? shortened(ask.method, value);
  }
  if (ask.method === 'query_adjust_factor') values.start ??= firstFactorDay;
  return values;
}

function shortened(method: Ask['method'], value: string): string {
  if (!isDate(value)) return value;
  if (method === 'query_money_supply_data_month') return value.slice(0, 7);
  return method === 'query_money_supply_data_year' ? value.slice(0, 4) : value;
}

/** The last day for which a list is known to be the newest: the day asked for, and never one to come. */
function vouchedFor({ date }: Given, today: IsoDate): IsoDate {
  return date !== undefined && isDate(date) && date < today ? date : today;
}

function plain(dataset: DatasetDeclaration, ask: Ask, rows: RecordReader, day: IsoDate): Part {
  const decoded = worded(rows.batch(), dataset.columns);
  const added: Record<string, Column> = fixedColumns(ask, decoded);
  if (dataset.columns.some(({ ours, theirs }) => ours === 'board' && theirs === null)) added.board = boards(decoded);
  if (dataset.ranged) added.valid_to = validTo(decoded, day);
  return { table: dataset.table, batch: withColumns(decoded, added), rejected: rows.rejected };
}

/** The bars of the whole market on one day. Its answers echo no date, so their rows have to show it. */
function dayBars(dataset: DatasetDeclaration, ask: Ask, given: Given, rows: RecordReader): Part | Failure {
  const date = given.date as IsoDate;
  const traded = withoutTrade(rows.batch());
  if (traded.rows > 0 && !hasDay(traded, toDays(date))) {
    return outOfStep(`The answer to ${messageOf(ask.method).method} is for another day than ${date}.`);
  }
  const completed = withColumns(traded, fixedColumns(ask, traded));
  const asked = { code: null, period: 'd', from: date, to: date } as const;
  const { kept, rejected } = reviewBars(completed, asked, row => rows.raw(row));
  const all: Rejected[] = [...rows.rejected, ...rejected];
  return { table: dataset.table, batch: kept, rejected: all };
}

function hasDay(batch: Batch, day: number): boolean {
  const { date } = batch.columns;
  return date?.kind === 'date' && date.values.includes(day);
}

function fixedColumns(ask: Ask, batch: Batch): Record<string, Column> {
  return Object.fromEntries(
    Object.entries(ask.fixed ?? {}).map(([name, value]) => [name, constant(batch.rows, value)]),
  );
}
