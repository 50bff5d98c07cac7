/**
 * Our adjusted prices against the provider's own series. The provider rounds its factors to six decimals and ours are not
 * rounded, so hfq may differ by 1e-6 of the price, and qfq by 1e-6 + 5e-7 / factor, the factor being that of the day. The
 * provider's rows are compared and never stored.
 */
import type { Clock } from '../config/clock.ts';
import type { RunHandle } from '../fetch/request.ts';
import { startRun } from '../fetch/run.ts';
import type { Code } from '../market/code.ts';
import type { Batch } from '../market/columns.ts';
import { fromDays, type IsoDate } from '../market/date.ts';
import { comparedDataset, type DatasetTask, type Part, type SourceOptions, type Task } from '../source/source.ts';
import { type Database, refuseReadOnly } from '../store/database.ts';
import { dateValue, readDate, readText } from '../store/values.ts';
import type { RunLimits } from './fetch.ts';

export type Adjusted = 'qfq' | 'hfq';
const adjustments: readonly Adjusted[] = ['qfq', 'hfq'];

export interface VerifyRequest extends RunLimits {
  readonly database: Database;
  readonly clock: Clock;
  readonly source: SourceOptions;
  readonly workers: number;
  /** The command as typed, without secrets. */
  readonly what: string;
  readonly codes: readonly Code[];
  /** First day compared; `year`: of each code the year up to its last stored session; null: all that is stored. */
  readonly from: IsoDate | 'year' | null;
}

export interface Compared {
  readonly code: Code;
  readonly adjust: Adjusted;
  /** Sessions that both have. */
  readonly days: number;
  /** Sessions of the range that only one of the two has. */
  readonly onlyOurs: number;
  readonly onlyTheirs: number;
  /** Largest relative difference of open, high, low and close; null where nothing could be compared. */
  readonly largest: number | null;
  /** Its day. */
  readonly on: IsoDate | null;
  /** Largest difference in parts of what rounding explains: above 1 is a real one. */
  readonly beyond: number | null;
}

export interface Verification {
  readonly handle: RunHandle;
  /** Codes of which no bar is stored in the range: they are not asked for. */
  readonly idle: readonly Code[];
  /** In the order of the codes, qfq before hfq; without those whose request failed. Call after the run's end. */
  compared(): Promise<readonly Compared[]>;
}

/** Codes with stored daily bars and a factor history, in random order. @param random 0 <= random() < 1 */
export async function codesToVerify(database: Database, count: number, random = Math.random): Promise<readonly Code[]> {
  const { rows } = await database.pool.query(
    `select distinct d.code from meta.coverage d
    where d.dataset = 'daily' and d."rows" > 0 and exists (from main.adj_factors f where f.code = d.code) order by 1`,
    undefined,
    { tag: 'verify' },
  );
  const codes = rows.map(([code]) => readText(code) as Code);
  for (let at = codes.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [codes[at], codes[other]] = [codes[other] as Code, codes[at] as Code];
  }
  return codes.slice(0, count);
}

/** Asks for both adjusted series of every code. @throws Problem `refused` for a read-only file, whose requests cannot be counted. */
export async function verifyCodes(request: VerifyRequest): Promise<Verification> {
  const { codes, from, ...run } = request;
  const { database } = run;
  refuseReadOnly(database, 'asked for and counted');
  const ranges = await storedRanges(database, codes, from);
  const tasks = [...ranges].flatMap(([code, range], index) =>
    adjustments.map(
      (adjust, place): DatasetTask => ({
        kind: 'dataset',
        id: index * adjustments.length + place + 1,
        dataset: comparedDataset,
        params: { code, adjust, ...range },
      }),
    ),
  );
  const came = new Map<Task, readonly Part[]>();
  const handle = startRun({
    ...run,
    period: 'd',
    prepare: [],
    expected: tasks.length,
    plan: async () => ({ tasks, asked: [], covered: [], pointless: [] }),
    take: (task, parts) => came.set(task, parts),
  });
  return {
    handle,
    idle: codes.filter(code => !ranges.has(code)),
    async compared() {
      const results: Compared[] = [];
      for (const [task, parts] of [...came].sort(([a], [b]) => a.id - b.id)) {
        if (task.kind !== 'dataset') continue;
        const { code, adjust } = task.params as { code: Code; adjust: Adjusted };
        const range = ranges.get(code);
        const batch = parts[0]?.batch;
        if (range && batch) results.push(await compare(database, code, adjust, range, batch));
      }
      return results;
    },
  };
}

interface Range {
  readonly from: IsoDate;
  readonly to: IsoDate;
}

async function storedRanges(
  database: Database,
  codes: readonly Code[],
  from: VerifyRequest['from'],
): Promise<Map<Code, Range>> {
  const { rows } = await database.pool.query(
    `select d.code, min(d.date), max(d.date) from main.daily d
    ${from === 'year' ? 'join (select code, (max(date) - interval 1 year)::date as since from main.daily group by code) y on y.code = d.code and d.date > y.since' : ''}
    where d.code in (select unnest($codes::varchar[])) and d.date >= coalesce($from::date, date '1900-01-01') group by d.code`,
    { codes, from: from === null || from === 'year' ? null : dateValue(from) },
    { tag: 'verify' },
  );
  const found = new Map(
    rows.map(([code, first, last]) => [
      readText(code) as Code,
      { from: readDate(first) as IsoDate, to: readDate(last) as IsoDate },
    ]),
  );
  return new Map(codes.flatMap(code => (found.has(code) ? [[code, found.get(code) as Range]] : [])));
}

const prices = ['open', 'high', 'low', 'close'] as const;

async function compare(
  database: Database,
  code: Code,
  adjust: Adjusted,
  { from, to }: Range,
  theirs: Batch,
): Promise<Compared> {
  const { rows } = await database.pool.query(
    `select a.date, a.open, a.high, a.low, a.close, a.close / nullif(d.close, 0)
    from main.daily_${adjust} a join main.daily d on d.code = a.code and d.date = a.date
    where a.code = $code and a.date between $from::date and $to::date`,
    { code, from: dateValue(from), to: dateValue(to) },
    { tag: 'verify' },
  );
  const ours = new Map(rows.map(([date, ...values]) => [readDate(date) as IsoDate, values as (number | null)[]]));
  const { date } = theirs.columns;
  let [days, onlyTheirs, largest, beyond] = [0, 0, -1, -1];
  let on: IsoDate | null = null;
  for (let row = 0; row < theirs.rows; row++) {
    if (date?.kind !== 'date') break;
    const day = fromDays(date.values[row] as number);
    const own = ours.get(day);
    if (!own) {
      onlyTheirs++;
      continue;
    }
    ours.delete(day);
    days++;
    const factor = own[prices.length] ?? 1;
    const allowed = 1e-6 + (adjust === 'qfq' ? 5e-7 / factor : 0);
    for (const [index, name] of prices.entries()) {
      const difference = relative(own[index] ?? null, priceAt(theirs, name, row));
      if (difference === null) continue;
      beyond = Math.max(beyond, difference / allowed);
      if (difference > largest) [largest, on] = [difference, day];
    }
  }
  return {
    code,
    adjust,
    days,
    onlyOurs: ours.size,
    onlyTheirs,
    largest: largest < 0 ? null : largest,
    on,
    beyond: beyond < 0 ? null : beyond,
  };
}

function priceAt(batch: Batch, name: string, row: number): number | null {
  const column = batch.columns[name];
  if (column?.kind !== 'double' || (column.valid && !column.valid[row])) return null;
  return column.values[row] ?? null;
}

/** Null where neither has a price; infinite where one of the two lacks it. */
function relative(ours: number | null, theirs: number | null): number | null {
  if (ours === null && theirs === null) return null;
  if (ours === null || theirs === null) return Number.POSITIVE_INFINITY;
  return theirs === 0 ? (ours === 0 ? 0 : Number.POSITIVE_INFINITY) : Math.abs(ours - theirs) / Math.abs(theirs);
}
