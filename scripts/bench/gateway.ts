/**
 * What a gateway can serve: one-row requests and pages of 2,000 bars of the demo market at its largest, 5,000 codes of 35
 * years, none asked for twice. Rates are per second of the gateway's own processor time where the system tells it (Linux),
 * so that the client and other programs do not count; else per second of the clock.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeDemoMarket } from '../../src/gateway/demo/demo-market.ts';
import { encodeRequest } from '../../src/source/baostock/frame.ts';
import { dailyFields, login, messages, requestFields } from '../../src/source/baostock/messages.ts';
import { type Figure, report } from './table.ts';

const program = join(process.env.DUCKLINE_ROOT ?? '.', 'dist/duckline.cjs');
const repetitions = 5;
const oneRowEach = 4_000;
const pagesEach = 60;
const connections = 8;
const version = '00.9.40';

const gateway = spawn(process.execPath, [program, 'gateway', '--demo', '--codes', '5000', '--years', '35'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [first] = await once(createInterface({ input: gateway.stdout }), 'line');
const port = Number(String(first).split(' ')[2]);

/** Seconds of processor time that the gateway has used. */
function used(): number {
  try {
    const fields = readFileSync(`/proc/${gateway.pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return performance.now() / 1000;
  }
}

/** Megabytes that the gateway holds; NaN where the system does not tell. */
function held(): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'latin1'))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}

const end = Buffer.from('<![CDATA[]]>\n');

/** Asks all requests over some connections, one after another on each; resolves when all are answered. */
async function ask(requests: readonly Buffer[]): Promise<void> {
  let next = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      let tail: Buffer = Buffer.alloc(0);
      socket.on('error', reject);
      socket.on('data', chunk => {
        tail = Buffer.concat([tail, chunk]).subarray(-end.length);
        if (!tail.equals(end)) return;
        const request = requests[next++];
        if (request) socket.write(request);
        else socket.end(resolve);
      });
      socket.write(encodeRequest(version, login.request, [login.method, 'anonymous', '123456', '0']));
    });
  await Promise.all(Array.from({ length: connections }, one));
}

const bars = messages.query_history_k_data_plus;

function request(code: string, fields: string, from: string, to: string, page: number): Buffer {
  const asked = requestFields(bars, 'anonymous', page, 2000, [code, fields, from, to, 'd', '3']);
  return encodeRequest(version, bars.request, asked);
}

const market = makeDemoMarket({ codes: 5000, years: 35 });
const codes = market.listings.filter(({ span }) => span.to - span.from > 4_100).map(({ code }) => code);
const days = market.calendar.sessions.filter(date => date >= '2015' && date < '2024');
const oneRow: number[] = [];
const rows: number[] = [];
let asked = 0;
for (let run = 0; run < repetitions; run++) {
  const single = Array.from({ length: oneRowEach }, () => {
    const day = days[asked % days.length] as string;
    return request(codes[asked++ % codes.length] as string, 'date,code,open,high,low,close,volume', day, day, 1);
  });
  let before = used();
  await ask(single);
  oneRow.push(oneRowEach / (used() - before));
  const pages = Array.from({ length: pagesEach }, (_, i) =>
    request(
      codes[(run * pagesEach + i * 7) % codes.length] as string,
      dailyFields,
      '1990-01-01',
      '2026-11-20',
      1 + (run % 2),
    ),
  );
  before = used();
  await ask(pages);
  rows.push((pagesEach * 2_000) / (used() - before));
}
const figures: Figure[] = [
  { name: 'one-row answers a second of one core', values: oneRow, atLeast: 2_000 },
  { name: 'bars a second of one core, in pages of 2,000', values: rows },
  { name: 'memory of the gateway afterwards', values: [held()], unit: 'MB', atMost: 512 },
];
report('gateway', figures);
gateway.kill('SIGTERM');
