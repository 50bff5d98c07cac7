/**
 * End to end: rows a second from a gateway that answers at once (its pages are made and packed beforehand) through five
 * workers into the table, against the same workers with the same pages when they decode them and hand nothing over. For the
 * record also five processes that have the pages in hand. And, with answers 100 ms away, how long workers stand idle while
 * tasks wait: that is the writer's doing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../../src/config/clock.ts';
import { Crew } from '../../../src/fetch/crew.ts';
import { crewSettings } from '../../../src/fetch/crew-settings.ts';
import { Policy } from '../../../src/fetch/policy.ts';
import { nothingKnown } from '../../../src/fetch/provider.ts';
import { startRun } from '../../../src/fetch/run.ts';
import { dailyColumns } from '../../../src/source/baostock/datasets/market.ts';
import { AnswerDecoder, cutFields, encodeRequest } from '../../../src/source/baostock/frame.ts';
import { dailyFields, login, messages, requestFields, splitNames } from '../../../src/source/baostock/messages.ts';
import { RecordReader } from '../../../src/source/baostock/record.ts';
import type { BarsTask, DatasetTask, SourceOptions } from '../../../src/source/source.ts';
import { openDatabase } from '../../../src/store/database.ts';
import type { Note } from './note.ts';
import { firstDay, folder, fullHistory, lastDay, root, type Served, serve, stocks } from './place.ts';

const clock = systemClock(process.env);
/** As many pages as a gateway keeps packed. */
const size = { codes: 220, years: 35 };
const workers = 5;
const pageSize = 2_000;
const latencyMs = 100;

export async function endToEnd(note: Note, runs: number): Promise<void> {
  const gateway = await serve('--codes', String(size.codes), '--years', String(size.years));
  const { codes } = stocks(size);
  await load(gateway, fullHistory(codes));
  for (let at = 0; at < runs; at++) {
    const { rows, seconds } = await load(gateway, fullHistory(codes));
    const decoded = await decodedOnly(gateway, fullHistory(codes));
    const inHand = await decodedInHand(gateway, codes);
    if (inHand.rows !== rows) throw new Error(`${inHand.rows} rows were decoded, ${rows} stored`);
    const times = `stored in ${seconds.toFixed(2)} s, decoded only in ${decoded.toFixed(2)} s`;
    console.log(`  end: ${rows} rows ${times}, from pages in hand in ${inHand.seconds.toFixed(2)} s`);
    note({ name: 'end to end / the same workers, decoding only', atLeast: 0.4 }, decoded / seconds);
    note({ name: 'end to end', unit: 'rows/s' }, rows / seconds);
    note({ name: 'the same workers, decoding only', unit: 'rows/s' }, rows / decoded);
    note({ name: 'pages in hand, 5 processes, no wire', unit: 'rows/s' }, rows / inHand.seconds);
  }
  await gateway.stop();
}

export async function blocked(note: Note, runs: number): Promise<void> {
  const gateway = await serve('--codes', '100', '--years', '35', '--latency', String(latencyMs));
  const { codes } = stocks({ codes: 100, years: 35 });
  for (let at = 0; at < runs; at++) {
    const { idle, rows, seconds } = await load(gateway, fullHistory(codes));
    console.log(`  blocked: ${rows} rows in ${seconds.toFixed(2)} s with ${latencyMs} ms an answer`);
    note({ name: `workers idle while tasks wait, ${latencyMs} ms an answer`, unit: '%', atMost: 5 }, idle * 100);
  }
  await gateway.stop();
}

function sourceAt({ port }: Served): SourceOptions {
  const times = { connectTimeoutMs: 10_000, answerTimeoutMs: 30_000, silenceTimeoutMs: 30_000 };
  return { source: 'baostock', endpoint: { host: '127.0.0.1', port }, ...times };
}

let files = 0;

interface Loaded {
  readonly rows: number;
  readonly seconds: number;
  /** Share of the workers' time without a task while tasks waited. */
  readonly idle: number;
}

/** The tasks through a crew into a new file, in this process. */
export async function load(gateway: Served, tasks: readonly BarsTask[]): Promise<Loaded> {
  const database = await openDatabase({ path: join(folder, `end-${++files}.duckdb`), clock });
  const prepare: DatasetTask[] = [
    { kind: 'dataset', id: -1, dataset: 'instruments', params: {} },
    { kind: 'dataset', id: -2, dataset: 'calendar', params: { from: firstDay, to: '2026-12-31' } },
  ];
  const handle = startRun({
    database,
    clock,
    source: sourceAt(gateway),
    workers,
    what: 'bench',
    period: 'd',
    prepare,
    plan: async () => ({ tasks, asked: [], covered: [], pointless: [] }),
  });
  let left = 0;
  let [looks, idleLooks] = [0, 0];
  handle.on(event => {
    if (event.type === 'planned') left = event.planned;
    if (event.type === 'counts') left = event.counts.left;
  });
  const watch = setInterval(() => {
    // What is fetched and not stored yet counts as left.
    if (left <= 4 * workers) return;
    for (const { state } of handle.workers()) {
      looks += 1;
      if (state === 'idle') idleLooks += 1;
    }
  }, 10);
  const { rows, seconds, failed, left: undone, message } = await handle.done;
  clearInterval(watch);
  await database.close();
  if (failed + undone > 0) throw new Error(`${failed} failed, ${undone} left: ${message}`);
  return { rows, seconds, idle: looks === 0 ? 0 : idleLooks / looks };
}

// The same workers, which decode the same pages and hand nothing over

async function decodedOnly(gateway: Served, tasks: readonly BarsTask[]): Promise<number> {
  const mute = join(folder, 'decode-only.mjs');
  await writeFile(
    mute,
    `const send = process.send.bind(process);
process.send = (message, ...rest) =>
  send(message?.type === 'answer' && message.result.ok ? { ...message, result: { ...message.result, parts: [] } } : message, ...rest);
export { default } from ${JSON.stringify(pathToFileURL(join(root, 'dist/worker.js')).href)};
`,
  );
  const before = process.env.DUCKLINE_WORKER;
  process.env.DUCKLINE_WORKER = mute;
  let [first, last, failed] = [0, 0, 0];
  const source = sourceAt(gateway);
  const crew = await Crew.open({
    workers,
    source,
    clock,
    policy: new Policy({ clock, endpoint: 'bench', known: nothingKnown, budget: null, perSecond: null, memory: null }),
    random: Math.random,
    settings: crewSettings,
    learnedSessions: null,
    listener: {
      worker: () => {},
      notice: () => {},
      ended: (_, result) => {
        last = performance.now();
        if (!('ok' in result)) failed += 1;
      },
      firstRequest: () => {
        first = performance.now();
      },
    },
  });
  crew.warm(workers);
  await crew.perform(tasks, true);
  await crew.close();
  if (before !== undefined) process.env.DUCKLINE_WORKER = before;
  if (failed > 0) throw new Error(`${failed} tasks failed`);
  return (last - first) / 1_000;
}

// Pages in hand: this program again, as so many processes

async function decodedInHand(gateway: Served, codes: readonly string[]): Promise<{ rows: number; seconds: number }> {
  const children = Array.from({ length: workers }, (_, worker) => {
    const own = codes.filter((_, at) => at % workers === worker);
    return fork(process.argv[1] as string, ['--decode', String(gateway.port), own.join()], { stdio: 'inherit' });
  });
  await Promise.all(children.map(child => once(child, 'message')));
  const begun = performance.now();
  const counts = await Promise.all(
    children.map(async child => {
      const answer = once(child, 'message') as Promise<[number]>;
      child.send('go');
      const [rows] = await answer;
      return rows;
    }),
  );
  const seconds = (performance.now() - begun) / 1_000;
  return { rows: counts.reduce((sum, rows) => sum + rows, 0), seconds };
}

/** In such a process: gets the pages, says so, waits for the word, decodes them, says how many rows they held. */
export async function decodeAlone(port: number, codes: readonly string[]): Promise<void> {
  const histories = await pagesOf(port, codes);
  const specs = splitNames(dailyFields).map(name => {
    const column = dailyColumns.find(({ theirs }) => theirs === name);
    return column ? { name: column.ours, theirs: name, kind: column.kind, inverse: column.inverse ?? false } : null;
  });
  const said = once(process, 'message');
  process.send?.('ready');
  await said;
  let rows = 0;
  for (const pages of histories) {
    const reader = new RecordReader(specs, 9_000);
    for (const page of pages) {
      const decoded = new AnswerDecoder().push(page);
      if (decoded.state !== 'message') throw new Error('a page does not decode');
      const fault = reader.read(cutFields(decoded.frame.body)[6] as Buffer);
      if (fault) throw new Error(fault.message);
    }
    rows += reader.batch().rows;
  }
  process.send?.(rows);
  process.disconnect?.();
}

/** The pages of each code, as they came. */
async function pagesOf(port: number, codes: readonly string[]): Promise<Buffer[][]> {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  socket.on('error', thrown => {
    throw thrown;
  });
  const end = Buffer.from('<![CDATA[]]>\n');
  const ask = (request: Buffer) =>
    new Promise<Buffer>(resolve => {
      const chunks: Buffer[] = [];
      const take = (chunk: Buffer) => {
        chunks.push(chunk);
        const all = Buffer.concat(chunks);
        if (!all.subarray(-end.length).equals(end)) return;
        socket.off('data', take);
        resolve(all);
      };
      socket.on('data', take);
      socket.write(request);
    });
  const version = '00.9.40';
  await ask(encodeRequest(version, login.request, [login.method, 'anonymous', '123456', '0']));
  const bars = messages.query_history_k_data_plus;
  const histories: Buffer[][] = [];
  for (const code of codes) {
    const pages: Buffer[] = [];
    for (let page = 1; ; page++) {
      const asked = requestFields(bars, 'anonymous', page, pageSize, [code, dailyFields, firstDay, lastDay, 'd', '3']);
      const answer = await ask(encodeRequest(version, bars.request, asked));
      const decoded = new AnswerDecoder().push(answer);
      if (decoded.state !== 'message') throw new Error('a page does not decode');
      const record = cutFields(decoded.frame.body)[6] as Buffer;
      const rows = record.length === 0 ? 0 : (JSON.parse(record.toString()) as { record: unknown[] }).record.length;
      if (rows > 0) pages.push(answer);
      if (rows < pageSize) break;
    }
    histories.push(pages);
  }
  socket.destroy();
  return histories;
}
