/** A database file in a temporary folder, a frozen clock, and rows as a worker would send them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/config/clock.ts';
import type { Code } from '../../src/market/code.ts';
import type { Batch, Column, Rejected } from '../../src/market/columns.ts';
import { addDays, type IsoDate, toDays, weekday } from '../../src/market/date.ts';
import type { Period } from '../../src/market/period.ts';
import type { Outcome } from '../../src/source/outcome.ts';
import type { Part } from '../../src/source/source.ts';
import type { CommitRequest, EndedTask } from '../../src/store/batch.ts';
import { type OpenDatabaseOptions, type OpenedDatabase, openDatabase } from '../../src/store/database.ts';
import { openRun, planRun } from '../../src/store/runs.ts';

/** 2026-11-20 20:00 in Shanghai, a Friday. */
export const now = Date.UTC(2026, 10, 20, 12);

export const clock: Clock = {
  now: () => now,
  today: () => '2026-11-20' as IsoDate,
  minuteOfDay: () => 20 * 60,
};

export const day = (text: string) => text as IsoDate;
export const code = (text: string) => text as Code;

export class Files {
  readonly folder = mkdtempSync(join(tmpdir(), 'duckline-store-'));
  readonly #open = new Set<OpenedDatabase>();
  #made = 0;

  path(name = `${++this.#made}.duckdb`): string {
    return join(this.folder, name);
  }

  async open(options: Partial<OpenDatabaseOptions> = {}): Promise<OpenedDatabase> {
    const database = await openDatabase({ path: options.path ?? this.path(), clock, ...options });
    this.#open.add(database);
    return database;
  }

  async close(): Promise<void> {
    for (const database of this.#open) await database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A run that is open and planned. */
export async function startRun(database: OpenedDatabase, planned = 0): Promise<number> {
  const run = await openRun(database, {
    what: 'fetch --all',
    source: 'baostock',
    endpoint: '127.0.0.1:10030',
    period: 'd',
    workers: 5,
    startedAt: now,
  });
  await planRun(database, run, planned, 0);
  return run;
}

/** Weekdays of an inclusive range. */
export function weekdays(from: string, to: string): IsoDate[] {
  const days: IsoDate[] = [];
  for (let at = day(from); at <= to; at = addDays(at, 1)) if (weekday(at) <= 5) days.push(at);
  return days;
}

export interface Bar {
  readonly code: string;
  readonly date: string;
  readonly close: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly pre_close?: number;
  readonly volume?: bigint;
  readonly amount?: number;
  readonly turn?: number | null;
  readonly suspended?: boolean;
}

export function doubles(values: readonly (number | null)[]): Column {
  return {
    kind: 'double',
    values: Float64Array.from(values, value => value ?? 0),
    valid: values.includes(null) ? Uint8Array.from(values, value => Number(value !== null)) : null,
  };
}

export const texts = (values: readonly (string | null)[]): Column => ({ kind: 'text', values });

export const dates = (values: readonly (string | null)[]): Column => ({
  kind: 'date',
  values: Int32Array.from(values, value => (value === null ? 0 : toDays(day(value)))),
  valid: values.includes(null) ? Uint8Array.from(values, value => Number(value !== null)) : null,
});

export const flags = (values: readonly boolean[]): Column => ({
  kind: 'flag',
  values: Uint8Array.from(values, Number),
  valid: null,
});

export function barsBatch(bars: readonly Bar[]): Batch {
  return {
    rows: bars.length,
    columns: {
      code: texts(bars.map(bar => bar.code)),
      date: dates(bars.map(bar => bar.date)),
      open: doubles(bars.map(bar => bar.open ?? bar.close)),
      high: doubles(bars.map(bar => bar.high ?? bar.close)),
      low: doubles(bars.map(bar => bar.low ?? bar.close)),
      close: doubles(bars.map(bar => bar.close)),
      pre_close: doubles(bars.map(bar => bar.pre_close ?? bar.close)),
      volume: { kind: 'bigint', values: BigInt64Array.from(bars, bar => bar.volume ?? 100n), valid: null },
      amount: doubles(bars.map(bar => bar.amount ?? bar.close * 100)),
      turn: doubles(bars.map(bar => (bar.turn === undefined ? 0.5 : bar.turn))),
      pct_chg: doubles(bars.map(() => 0)),
      is_suspended: flags(bars.map(bar => bar.suspended ?? false)),
      is_st: flags(bars.map(() => false)),
      pe_ttm: doubles(bars.map(() => null)),
      pb_mrq: doubles(bars.map(() => 1.5)),
      ps_ttm: doubles(bars.map(() => 2.5)),
      pcf_ncf_ttm: doubles(bars.map(() => 3.5)),
    },
  };
}

export interface MinuteBar {
  readonly code: string;
  /** `2024-01-02 09:35`. */
  readonly stamp: string;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  readonly close: number;
}

export function minutesBatch(bars: readonly MinuteBar[]): Batch {
  return {
    rows: bars.length,
    columns: {
      code: texts(bars.map(bar => bar.code)),
      date: dates(bars.map(bar => bar.stamp.slice(0, 10))),
      time: {
        kind: 'timestamp',
        values: BigInt64Array.from(bars, bar => BigInt(Date.parse(`${bar.stamp.replace(' ', 'T')}:00Z`)) * 1000n),
        valid: null,
      },
      open: doubles(bars.map(bar => bar.open ?? bar.close)),
      high: doubles(bars.map(bar => bar.high ?? bar.close)),
      low: doubles(bars.map(bar => bar.low ?? bar.close)),
      close: doubles(bars.map(bar => bar.close)),
      volume: { kind: 'bigint', values: BigInt64Array.from(bars, () => 100n), valid: null },
      amount: doubles(bars.map(bar => bar.close * 100)),
    },
  };
}

export function factorsPart(codeText: string, factors: Readonly<Record<string, number>>): Part {
  const exDates = Object.keys(factors);
  return {
    table: 'adj_factors',
    rejected: [],
    batch: {
      rows: exDates.length,
      columns: {
        code: texts(exDates.map(() => codeText)),
        ex_date: dates(exDates),
        hfq_factor: doubles(Object.values(factors)),
      },
    },
  };
}

export function calendarPart(from: string, to: string, closed: readonly string[] = []): Part {
  const days: IsoDate[] = [];
  for (let at = day(from); at <= to; at = addDays(at, 1)) days.push(at);
  return {
    table: 'calendar',
    rejected: [],
    batch: {
      rows: days.length,
      columns: { date: dates(days), is_open: flags(days.map(at => weekday(at) <= 5 && !closed.includes(at))) },
    },
  };
}

export function instrumentsPart(
  rows: readonly { code: string; name: string; kind?: string; listed?: string; delisted?: string | null }[],
): Part {
  return {
    table: 'instruments',
    rejected: [],
    batch: {
      rows: rows.length,
      columns: {
        code: texts(rows.map(row => row.code)),
        name: texts(rows.map(row => row.name)),
        kind: texts(rows.map(row => row.kind ?? 'stock')),
        list_date: dates(rows.map(row => row.listed ?? '2001-08-27')),
        delist_date: dates(rows.map(row => row.delisted ?? null)),
      },
    },
  };
}

let tasks = 0;

export interface TaskShape {
  readonly code?: string;
  readonly from?: string;
  readonly to?: string;
  readonly period?: Period;
  readonly bars?: readonly Bar[];
  readonly batch?: Batch;
  readonly rejected?: readonly Rejected[];
  /** Ex-date → backward factor; given: the task asks for factors too. */
  readonly factors?: Readonly<Record<string, number>>;
  readonly outcome?: Outcome;
  readonly attempts?: number;
  readonly id?: number;
}

/** A task for the bars of one code that ended. */
export function ended(shape: TaskShape): EndedTask {
  const { bars = [], period = 'd', rejected = [], factors } = shape;
  const id = shape.id ?? ++tasks;
  const batch = shape.batch ?? barsBatch(bars);
  const about = shape.code ?? bars[0]?.code ?? 'sh.600519';
  const outcome: Outcome =
    shape.outcome ?? (batch.rows > 0 ? { class: 'ok', rows: batch.rows } : { class: 'ok-empty', reason: 'suspended' });
  return {
    task: {
      kind: 'bars',
      id,
      code: code(about),
      period,
      from: day(shape.from ?? bars[0]?.date ?? '2024-01-02'),
      to: day(shape.to ?? bars.at(-1)?.date ?? '2024-01-02'),
      factors: factors !== undefined,
    },
    outcome,
    parts: [
      ...(batch.rows > 0 || rejected.length > 0
        ? [{ table: period === 'd' ? 'daily' : `min${period}`, batch, rejected }]
        : []),
      ...(factors ? [factorsPart(about, factors)] : []),
    ],
    attempts: Array.from({ length: shape.attempts ?? 1 }, (_, index) => ({
      number: index + 1,
      startedAt: now + index * 1000,
      endedAt: now + index * 1000 + 500,
      worker: 1,
      requests: 2,
      outcome,
    })),
  };
}

/** A dataset task that ended. */
export function endedDataset(
  dataset: string,
  parts: readonly Part[],
  params: Readonly<Record<string, string>> = {},
): EndedTask {
  const rows = parts.reduce((sum, part) => sum + part.batch.rows, 0);
  const outcome: Outcome = { class: 'ok', rows };
  return {
    task: { kind: 'dataset', id: ++tasks, dataset, params },
    outcome,
    parts,
    attempts: [{ number: 1, startedAt: now, endedAt: now + 500, worker: 1, requests: 1, outcome }],
  };
}

export function request(run: number, endedTasks: readonly EndedTask[], source = 'baostock'): CommitRequest {
  return { run, source, ended: endedTasks, requests: new Map(), logins: 0 };
}

/** A rising series of one code. */
export function series(codeText: string, days: readonly string[], first = 10): Bar[] {
  return days.map((date, index) => ({
    code: codeText,
    date,
    close: first + index / 100,
    volume: BigInt(1000 + index),
  }));
}

/** Rows as plain values. */
export async function all(database: OpenedDatabase, sql: string): Promise<unknown[][]> {
  const { rows } = await database.pool.query(sql);
  return rows.map(row =>
    row.map(value =>
      typeof value === 'bigint' ? Number(value) : typeof value === 'object' && value !== null ? String(value) : value,
    ),
  );
}
