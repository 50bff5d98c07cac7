/**
 * The write path, from typed columns in hand to the last commit, against a bare bulk insert of the same columns: appended to
 * one temporary table and inserted from it at once, without a look at what is stored, into the same kind of file.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/config/clock.ts';
import { Writing } from '../../../src/fetch/writing.ts';
import type { Batch, Column } from '../../../src/market/columns.ts';
import { toDays } from '../../../src/market/date.ts';
import { loadInitials } from '../../../src/market/pinyin.ts';
import type { EndedTask } from '../../../src/store/batch.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { openRun, planRun } from '../../../src/store/runs.ts';
import { append, makeStage, type StageColumn, textColumn } from '../../../src/store/stage.ts';
import { daily } from '../../../src/store/tables.ts';
import { commit } from '../../../src/store/writer.ts';
import type { Note } from './note.ts';
import { folder, fullHistory, stocks } from './place.ts';

const clock = systemClock(process.env);

/** Bars as a worker sends them: prices of two decimals that wander, one row in fifty suspended. */
function batchOf(code: string, days: readonly string[], seed: number): Batch {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
  const rows = days.length;
  const names = ['open', 'high', 'low', 'close', 'pre_close', 'amount', 'turn', 'pct_chg'];
  const more = ['pe_ttm', 'pb_mrq', 'ps_ttm', 'pcf_ncf_ttm'];
  const doubles = Object.fromEntries([...names, ...more].map(name => [name, new Float64Array(rows)]));
  const volume = new BigInt64Array(rows);
  const suspended = new Uint8Array(rows);
  const turnValid = new Uint8Array(rows).fill(1);
  let close = 10;
  for (let row = 0; row < rows; row++) {
    const before = close;
    suspended[row] = row % 50 === 49 ? 1 : 0;
    if (!suspended[row]) close = Math.max(1, Math.round(close * (98 + random() * 4)) / 100);
    else turnValid[row] = 0;
    const put = (name: string, value: number) => {
      (doubles[name] as Float64Array)[row] = value;
    };
    put('open', before);
    put('high', Math.max(before, close));
    put('low', Math.min(before, close));
    put('close', close);
    put('pre_close', before);
    volume[row] = BigInt(Math.floor(1e6 + random() * 5e7));
    put('amount', Math.round(Number(volume[row]) * close * 100) / 100);
    put('turn', Math.round(random() * 3e6) / 1e6);
    put('pct_chg', Math.round((close / before - 1) * 1e8) / 1e6);
    for (const name of more) put(name, Math.round(random() * 3e7) / 1e6);
  }
  const columns: Record<string, Column> = Object.fromEntries(
    Object.entries(doubles).map(([name, values]) => [
      name,
      { kind: 'double', values, valid: name === 'turn' ? turnValid : null } as const,
    ]),
  );
  return {
    rows,
    columns: {
      ...columns,
      code: textColumn(new Array<string>(rows).fill(code)),
      date: { kind: 'date', values: Int32Array.from(days, day => toDays(day as never)), valid: null },
      volume: { kind: 'bigint', values: volume, valid: null },
      is_suspended: { kind: 'flag', values: suspended, valid: null },
      is_st: { kind: 'flag', values: new Uint8Array(rows), valid: null },
    },
  };
}

/** What workers brought of so many stocks' whole histories. */
export function endedTasks(codeCount: number): EndedTask[] {
  const { codes, sessionsOf } = stocks({ codes: codeCount, years: 35 });
  return fullHistory(codes).map((task, at): EndedTask => {
    const outcome = { class: 'ok', rows: sessionsOf(task.code).length } as const;
    return {
      task: { ...task, factors: false },
      outcome,
      parts: [{ table: 'daily', batch: batchOf(task.code, sessionsOf(task.code), at + 1), rejected: [] }],
      attempts: [{ number: 1, startedAt: clock.now(), endedAt: clock.now(), worker: 1, requests: 2, outcome }],
    };
  });
}

export async function write(note: Note, runs: number): Promise<void> {
  const ended = endedTasks(600);
  const rows = ended.reduce((sum, { parts }) => sum + (parts[0]?.batch.rows ?? 0), 0);
  await bare(ended.slice(0, 50));
  for (let at = 0; at < runs; at++) {
    const ours = await stored(ended, rows);
    const plain = await bare(ended);
    console.log(`  write: ${rows} rows, stored in ${ours.toFixed(2)} s, bare insert ${plain.toFixed(2)} s`);
    note({ name: 'write path / bare bulk insert', atLeast: 0.5 }, plain / ours);
    note({ name: 'write path', unit: 'rows/s' }, rows / ours);
  }
}

let files = 0;

async function stored(ended: readonly EndedTask[], rows: number): Promise<number> {
  const path = join(folder, `write-${++files}.duckdb`);
  const database = await openDatabase({ path, clock });
  const run = await openRun(database, {
    what: 'bench',
    source: 'baostock',
    endpoint: '127.0.0.1:1',
    period: 'd',
    workers: 5,
    startedAt: clock.now(),
  });
  await planRun(database, run, ended.length, 0);
  const initials = await loadInitials();
  let go: () => void = () => {};
  let full = false;
  let seen = 0;
  const writing = new Writing({
    commit: (request, how) => commit(database, request, { initials, ...how }),
    run,
    source: 'baostock',
    takeCounts: () => ({ requests: new Map([['kline', 1]]), logins: 0 }),
    full: now => {
      full = now;
      if (!now) go();
    },
    committed: (_, { rows }) => {
      seen += rows;
    },
    failed: error => {
      throw error;
    },
  });
  const begun = performance.now();
  for (const one of ended) {
    if (full) {
      await new Promise<void>(resolve => {
        go = resolve;
      });
    }
    writing.add(one);
  }
  await writing.drain();
  const seconds = (performance.now() - begun) / 1_000;
  if (seen !== rows) throw new Error(`${seen} of ${rows} rows were stored`);
  await database.close();
  rmSync(path, { force: true });
  return seconds;
}

async function bare(ended: readonly EndedTask[]): Promise<number> {
  const path = join(folder, `bare-${++files}.duckdb`);
  const database = await openDatabase({ path, clock });
  const layout: StageColumn[] = daily.columns.map(({ name, kind }) => ({ name, kind }));
  const begun = performance.now();
  await database.pool.write(
    async connection => {
      const pieces = ended.map(({ parts }) => {
        const { rows, columns } = (parts[0] as { batch: Batch }).batch;
        const all: Record<string, Column> = {
          ...columns,
          source: textColumn(new Array<string>(rows).fill('baostock')),
        };
        return { rows, columns: layout.map(({ name }) => all[name]) };
      });
      await append(connection, await makeStage(connection, 'bare_rows', layout), layout, pieces);
      await connection.execute('insert into main.daily from bare_rows');
    },
    { tag: 'bench' },
  );
  const seconds = (performance.now() - begun) / 1_000;
  await database.close();
  rmSync(path, { force: true });
  return seconds;
}
