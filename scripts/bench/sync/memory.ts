/**
 * What a load of long histories does to the program that loads. Its memory: the largest resident size of the built program
 * for ten times the rows, with the memory limit that it sets itself. And its event loop: the longest time for which the
 * process that holds prompt, crew and file did nothing else; measured in this process, which runs the load as the shell does.
 * What the thread waited for a processor is no gap of its own: a busy machine would tell of nothing else.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './end.ts';
import type { Note } from './note.ts';
import { firstDay, folder, fullHistory, run, serve, stocks } from './place.ts';

const size = { codes: 700, years: 35 };
const fewRows = 300_000;
/** Milliseconds between two looks of the watch. */
const resolution = 5;

export async function memory(note: Note, runs: number): Promise<void> {
  const gateway = await serve('--codes', String(size.codes), '--years', String(size.years));
  const { codes, sessionsOf } = stocks(size);
  let rows = 0;
  const few = codes.filter(code => {
    const before = rows;
    rows += sessionsOf(code).length;
    return before < fewRows;
  });
  const synced = async (asked: readonly string[]) => {
    const file = join(folder, `memory-${asked.length}.duckdb`);
    const options = ['--db', file, '--endpoint', `127.0.0.1:${gateway.port}`, '--workers', '5', '--json'];
    const ended = await run([...options, 'sync', ...asked, '--from', firstDay]);
    const stored = (JSON.parse(ended.out) as { rows: number }).rows;
    rmSync(file, { force: true });
    console.log(`  memory: ${stored} rows in ${ended.seconds.toFixed(1)} s, at most ${ended.peakMb.toFixed(0)} MB`);
    return ended.peakMb;
  };
  for (let at = 0; at < runs; at++) {
    const small = await synced(few);
    const large = await synced(codes);
    note({ name: 'peak memory of 3 M rows / 0.3 M', atMost: 1.5 }, large / small);
    note({ name: 'peak memory of 3 M rows', unit: 'MB' }, large);
  }
  await gateway.stop();
}

export async function gaps(note: Note, runs: number): Promise<void> {
  const codes = 300;
  const gateway = await serve('--codes', String(codes), '--years', String(size.years));
  const tasks = fullHistory(stocks({ codes, years: size.years }).codes);
  for (let at = 0; at < runs; at++) {
    const watch = new LoopWatch();
    const { rows, seconds } = await load(gateway, tasks);
    const { longest, withWaiting, working } = watch.end();
    console.log(`  gaps: ${rows} rows in ${seconds.toFixed(1)} s`);
    note({ name: 'longest gap of the event loop in a load', unit: 'ms', atMost: 100 }, longest);
    note({ name: 'the same with waiting for a processor', unit: 'ms' }, withWaiting);
    note({ name: 'the same on the processor alone', unit: 'ms' }, working);
  }
  await gateway.stop();
}

/** Looks at the clock every few milliseconds, and at how long this thread ran and how long it was ready to and could not. */
class LoopWatch {
  readonly #timer: NodeJS.Timeout;
  #longest = 0;
  #withWaiting = 0;
  #working = 0;

  constructor() {
    let last = { at: performance.now(), ...threadMs() };
    this.#timer = setInterval(() => {
      const now = { at: performance.now(), ...threadMs() };
      const gap = now.at - last.at - resolution;
      this.#withWaiting = Math.max(this.#withWaiting, gap);
      this.#longest = Math.max(this.#longest, gap - (now.waited - last.waited));
      this.#working = Math.max(this.#working, now.ran - last.ran);
      last = now;
    }, resolution);
  }

  end(): { readonly longest: number; readonly withWaiting: number; readonly working: number } {
    clearInterval(this.#timer);
    return { longest: this.#longest, withWaiting: this.#withWaiting, working: this.#working };
  }
}

/** 0 where the system does not tell. */
function threadMs(): { readonly ran: number; readonly waited: number } {
  try {
    const [ran, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
    return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { ran: 0, waited: 0 };
  }
}
