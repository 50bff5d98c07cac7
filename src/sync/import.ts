/**
 * `import`: daily bars from files, through the same quality rules, merge, coverage and ledger as bars from a provider, as a run of
 * its own. What is covered afterwards are the sessions that had rows, in unbroken stretches of the calendar: a hole in a file
 * stays a hole. Memory is bounded: rows stream in order of code, and are committed by the hundred thousand.
 */
import type { Clock } from '../config/clock.ts';
import type { RunSummary } from '../fetch/events.ts';
import type { Calendar } from '../market/calendar.ts';
import { type Code, readCode, type SecurityKind } from '../market/code.ts';
import type { Batch, Column, Rejected } from '../market/columns.ts';
import { addDays, fromDays, type IsoDate, toDays } from '../market/date.ts';
import { Problem } from '../market/problem.ts';
import { reviewBars } from '../market/quality.ts';
import type { RunEnd } from '../source/outcome.ts';
import type { BarsTask, Part, Task } from '../source/source.ts';
import type { EndedTask } from '../store/batch.ts';
import { type Database, refuseReadOnly } from '../store/database.ts';
import { closeRun, extendRun, openRun } from '../store/runs.ts';
import { readDate, readText } from '../store/values.ts';
import { commit } from '../store/writer.ts';
import { type Catalogue, loadCatalogue } from './catalogue.ts';
import { type OpenedFile, openImport, rowsOf } from './import-file.ts';
import { refuseStrangePrices } from './import-prices.ts';
import { resolveCodes } from './resolve.ts';
import { loadCalendar } from './trading-days.ts';

export interface ImportRequest {
  readonly database: Database;
  readonly clock: Clock;
  readonly files: readonly string[];
  /** Of all rows, as typed. */
  readonly code: string | undefined;
  /** Take prices with more decimals than a tick as traded all the same. */
  readonly asTraded: boolean;
  /** The command as typed. */
  readonly what: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (file: string, rows: number) => void;
}

export interface Imported {
  readonly summary: RunSummary;
  readonly files: readonly { readonly file: string; readonly form: string; readonly rows: number }[];
  readonly codes: number;
  /** Rows that were not there before, or that changed. */
  readonly rows: number;
  readonly revised: number;
  /** Rows kept out, in `meta.quarantine`. */
  readonly quarantined: number;
  /** Codes whose factor history was never asked for: their adjusted prices are not right before it is. */
  readonly withoutFactors: number;
}

/** A commit holds about so many rows. */
const rowsOfCommit = 100_000;

/** @throws Problem before anything is stored for files that cannot be, and for a file of the demo. */
export async function importFiles(request: ImportRequest): Promise<Imported> {
  const { database, files } = request;
  refuseReadOnly(database, 'imported into it');
  if (database.origin === 'demo') {
    throw new Problem('refused', 'the demo market is invented, and real bars must not be mixed into it.', {
      next: 'duckline --db market.duckdb import FILE',
    });
  }
  if (files.length === 0) throw new Problem('usage', 'import needs files.', { next: 'import bars.csv' });
  const calendar = await loadCalendar(database);
  if (calendar.size === 0) {
    throw new Problem('failed', 'the trading calendar is not stored yet, by which holes are told from holidays.', {
      next: 'fetch --dataset calendar  is one request',
    });
  }
  const catalogue = await loadCatalogue(database);
  const opened: OpenedFile[] = [];
  try {
    for (const file of files) opened.push(await openImport(database, file, request.code));
    if (!request.asTraded) for (const file of opened) await refuseStrangePrices(database, file);
    return await run(request, opened, calendar, catalogue);
  } finally {
    for (const file of opened) await file.close();
  }
}

async function run(
  request: ImportRequest,
  files: readonly OpenedFile[],
  calendar: Calendar,
  catalogue: Catalogue,
): Promise<Imported> {
  const { database, clock, what, signal } = request;
  const started = clock.now();
  const row = { what, source: 'import', endpoint: 'file', period: 'd', workers: 0, startedAt: started };
  const number = await openRun(database, row);
  const letClose = database.pool.keepOpen(`${what} is at work`);
  const intake = new Intake(database, number, calendar, catalogue);
  let end: RunEnd = 'ok';
  let message: string | null = null;
  try {
    for (const file of files) await intake.take(file, request);
    await intake.flush();
  } catch (thrown) {
    end = signal.aborted ? 'cancelled' : 'failed';
    message = signal.aborted
      ? 'cancelled; what was committed stays'
      : thrown instanceof Error
        ? thrown.message
        : String(thrown);
    if (!signal.aborted) throw thrown;
  } finally {
    const seconds = (clock.now() - started) / 1000;
    await closeRun(database, number, { end, endedAt: clock.now(), seconds, message }).catch(() => undefined);
    letClose();
  }
  return intake.result(number, what, end, message, (clock.now() - started) / 1000);
}

interface Stretch {
  readonly code: Code;
  readonly rows: Row[];
  first: IsoDate;
  last: IsoDate;
}

interface Row {
  readonly day: number;
  readonly cells: readonly unknown[];
  /** A cell that should be a number and is none. */
  readonly flaw: string | null;
  readonly raw: string;
}

class Intake {
  readonly #database: Database;
  readonly #run: number;
  readonly #calendar: Calendar;
  readonly #catalogue: Catalogue;
  readonly #codes = new Map<string, Code | null>();
  readonly #seen = new Set<Code>();
  readonly #files: { file: string; form: string; rows: number }[] = [];
  #ended: EndedTask[] = [];
  #strays: Rejected[] = [];
  #waiting = 0;
  #task = 0;
  #tasks = 0;
  #rows = 0;
  #revised = 0;
  #quarantined = 0;

  constructor(database: Database, run: number, calendar: Calendar, catalogue: Catalogue) {
    this.#database = database;
    this.#run = run;
    this.#calendar = calendar;
    this.#catalogue = catalogue;
  }

  async take(file: OpenedFile, { signal, onProgress }: ImportRequest): Promise<void> {
    const stream = await this.#database.pool.stream(
      rowsOf(file),
      { ...file.bound, ...(file.code === null ? {} : { code: file.code }) },
      { tag: 'import', lane: 'read', signal },
    );
    const columns = stream.names.slice(4, -1);
    const only = file.only === null ? null : this.#codeOf(file.only);
    if (file.only !== null && only === null) {
      throw new Problem('usage', `“${file.only}” is no one code.`, { next: 'import FILE --code 600519' });
    }
    let stretch: Stretch | null = null;
    let count = 0;
    try {
      for await (const piece of stream) {
        signal.throwIfAborted();
        for (const cells of piece) {
          count++;
          const raw = readText(cells.at(-1)) ?? '[]';
          const written = readText(cells[0]) ?? '';
          const code = this.#codeOf(written);
          const date = readDate(cells[1]);
          const reason = this.#flaw(code, written, date, readText(cells[2]) ?? '', only);
          if (reason !== null || code === null || date === null) {
            this.#reject({ code: code ?? null, at: date, reason: reason ?? 'it is no bar', raw });
            continue;
          }
          if (stretch && (stretch.code !== code || !this.#follows(stretch.last, date))) {
            this.#close(stretch, columns);
            stretch = null;
          }
          stretch ??= { code, rows: [], first: date, last: date };
          stretch.rows.push({ day: toDays(date), cells: cells.slice(4, -1), flaw: readText(cells[3]), raw });
          stretch.last = date;
        }
        onProgress?.(file.name, count);
        if (this.#waiting >= rowsOfCommit) await this.flush();
      }
      if (stretch) this.#close(stretch, columns);
    } finally {
      await stream.close();
    }
    if (count === 0) throw new Problem('failed', `${file.name} has a header and no rows.`);
    this.#files.push({ file: file.name, form: file.form.name, rows: count });
  }

  /** Commits what waits. */
  async flush(): Promise<void> {
    if (this.#strays.length > 0) {
      const task: Task = { kind: 'dataset', id: ++this.#task, dataset: 'import', params: {} };
      this.#end(task, [{ table: 'daily', batch: { rows: 0, columns: {} }, rejected: this.#strays }]);
      this.#strays = [];
    }
    if (this.#ended.length === 0) return;
    const ended = this.#ended;
    this.#ended = [];
    this.#waiting = 0;
    const request = { run: this.#run, source: 'import', ended, requests: new Map<string, number>(), logins: 0 };
    await extendRun(this.#database, this.#run, ended.length);
    this.#tasks += ended.length;
    const { rows, revised, quarantined } = await commit(this.#database, request);
    this.#rows += rows;
    this.#revised += revised;
    this.#quarantined += quarantined;
  }

  async result(run: number, what: string, end: RunEnd, message: string | null, seconds: number): Promise<Imported> {
    const codes = [...this.#seen];
    const { rows } = await this.#database.pool.query(
      `select count(*) from (select unnest($codes::varchar[]) as code) c where not exists (
        from meta.refreshed r where r.what in ('adj_factors', 'factors') and r.params = '{"code":"' || c.code || '"}')`,
      { codes },
      { tag: 'import' },
    );
    const counts = {
      planned: this.#tasks,
      ok: this.#tasks,
      empty: 0,
      failed: 0,
      left: 0,
      requests: 0,
      logins: 0,
      covered: 0,
    };
    const summary: RunSummary = {
      ...counts,
      run,
      what,
      period: 'd',
      rows: this.#rows,
      quarantined: this.#quarantined,
      revised: this.#revised,
      seconds,
      end,
      codes: [],
      message,
    };
    return {
      summary,
      files: this.#files,
      codes: codes.length,
      rows: this.#rows,
      revised: this.#revised,
      quarantined: this.#quarantined,
      withoutFactors: Number(rows[0]?.[0] ?? 0),
    };
  }

  /** Whether the day is the next session after the other, or the same day again. */
  #follows(last: IsoDate, date: IsoDate): boolean {
    return date === last || this.#calendar.sessionOnOrBefore(addDays(date, -1)) === last;
  }

  /** A code as written in the file; null for what is none. Each is looked up once. */
  #codeOf(written: string): Code | null {
    const known = this.#codes.get(written);
    if (known !== undefined) return known;
    const reading = readCode(written);
    const padded = /^\d{1,5}$/.test(written) ? written.padStart(6, '0') : written;
    const named = reading.kind === 'code' && !reading.bare ? reading.code : null;
    const [found] = named || reading.kind === 'name' ? [] : resolveCodes([padded], this.#catalogue).codes;
    const code = named ?? found?.code ?? null;
    this.#codes.set(written, code);
    return code;
  }

  #flaw(code: Code | null, written: string, date: IsoDate | null, day: string, only: Code | null): string | null {
    if (only !== null && code !== only) return `the code is not ${only}, which was asked`;
    if (code === null) return written === '' ? 'the code is missing' : `${written} is no code`;
    if (date === null) return day === '' ? 'the date is missing' : `${day} is no date`;
    if (this.#calendar.knows(date) && this.#calendar.sessionOnOrBefore(date) !== date) return 'that day was no session';
    return null;
  }

  /** Rows that belong to no session of any code: they cover nothing. */
  #reject(rejected: Rejected): void {
    this.#strays.push(rejected);
    this.#waiting++;
  }

  #close({ code, rows, first, last }: Stretch, columns: readonly string[]): void {
    const sound = rows.filter(({ flaw }) => flaw === null);
    const flawed = rows.flatMap(({ day, flaw: reason, raw }): Rejected[] =>
      reason === null ? [] : [{ code, at: fromDays(day), reason, raw }],
    );
    const batch = batchOf(code, this.#catalogue.kindOf(code), sound, columns);
    const asked = { code, period: 'd', from: first, to: last } as const;
    const { kept, rejected } = reviewBars(batch, asked, at => sound[at]?.raw ?? '[]');
    this.#seen.add(code);
    this.#add(code, first, last, kept, [...flawed, ...rejected]);
  }

  #add(code: Code, from: IsoDate, to: IsoDate, batch: Batch, rejected: readonly Rejected[]): void {
    const task: BarsTask = { kind: 'bars', id: ++this.#task, code, period: 'd', from, to, factors: false };
    this.#waiting += batch.rows + rejected.length;
    this.#end(task, [{ table: 'daily', batch, rejected }]);
  }

  #end(task: Task, parts: readonly Part[]): void {
    const rows = parts.reduce((sum, { batch }) => sum + batch.rows, 0);
    this.#ended.push({ task, outcome: { class: 'ok', rows }, parts, attempts: [] });
  }
}

/** Nothing was traded on a suspended day, which some leave empty; special treatment is of stocks alone, and some mark every fund. */
function batchOf(code: Code, kind: SecurityKind, rows: readonly Row[], columns: readonly string[]): Batch {
  const suspended = columns.indexOf('is_suspended');
  const cellOf = ({ cells }: Row, index: number, name: string): unknown => {
    const cell = cells[index] ?? null;
    if (cell === null && (name === 'volume' || name === 'amount') && cells[suspended] === true) return 0;
    return name === 'is_st' && cell !== null && (kind === 'etf' || kind === 'fund') ? false : cell;
  };
  const made: Record<string, Column> = {
    code: { kind: 'text', values: rows.map(() => code) },
    date: { kind: 'date', values: Int32Array.from(rows, ({ day }) => day), valid: null },
  };
  for (const [index, name] of columns.entries()) {
    const cells = rows.map(row => cellOf(row, index, name));
    const valid = Uint8Array.from(cells, cell => (cell === null ? 0 : 1));
    const all = valid.every(one => one === 1) ? null : valid;
    if (name === 'volume') {
      made[name] = {
        kind: 'bigint',
        values: BigInt64Array.from(cells, cell => (cell === null ? 0n : BigInt(cell as bigint | number))),
        valid: all,
      };
    } else if (name.startsWith('is_')) {
      made[name] = { kind: 'flag', values: Uint8Array.from(cells, cell => (cell === true ? 1 : 0)), valid: all };
    } else {
      made[name] = {
        kind: 'double',
        values: Float64Array.from(cells, cell => (cell === null ? 0 : Number(cell))),
        valid: all,
      };
    }
  }
  return { rows: rows.length, columns: made };
}
