/**
 * Decoding of one packed page of 2,000 daily bars, from the frame as received to typed columns, against the floor
 * `inflateSync` + `JSON.parse` of the same bytes, which leaves strings. Target: at least half of the floor's speed.
 */
import { inflateSync } from 'node:zlib';
import { dailyColumns } from '../../src/source/baostock/datasets/market.ts';
import { AnswerDecoder, cutFields, encodeAnswer } from '../../src/source/baostock/frame.ts';
import { dailyFields, splitNames } from '../../src/source/baostock/messages.ts';
import { RecordReader } from '../../src/source/baostock/record.ts';
import { report } from './table.ts';

const rows = 2000;
const repetitions = 15;
const pagesEach = 20;

/** Bars like real ones: the same code, prices of four decimals, one row in fifty suspended. */
function page(): Buffer {
  let seed = 7;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const record: string[][] = [];
  let close = 10;
  for (let row = 0; row < rows; row++) {
    const date = new Date(Date.UTC(2016, 0, 4 + Math.floor(row * 1.45))).toISOString().slice(0, 10);
    const before = close;
    const suspended = row % 50 === 49;
    if (!suspended) close = Math.max(1, Math.round(close * (98 + random() * 4)) / 100);
    const price = (factor: number): string => (suspended ? close : close * factor).toFixed(4);
    const volume = Math.floor(1e6 + random() * 5e7);
    record.push([
      date,
      'sh.600000',
      ...[price(0.99), price(1.01), price(0.98), close.toFixed(4), before.toFixed(4)],
      ...(suspended ? ['', ''] : [String(volume), (volume * close).toFixed(4)]),
      '3',
      ...(suspended ? ['', '0', ''] : [(random() * 3).toFixed(6), '1', ((close / before - 1) * 100).toFixed(6)]),
      ...[random() * 20, random() * 2, random() * 5, random() * 30].map(value => value.toFixed(6)),
      '0',
    ]);
  }
  const head = ['0', 'success', 'query_history_k_data_plus', 'anonymous', '1', '2000'];
  const tail = ['sh.600000', dailyFields, '2016-01-01', '2024-12-31', 'd', '3'];
  return encodeAnswer('96', [...head, JSON.stringify({ record }), ...tail]);
}

const frame = page();
const zbody = frame.subarray(21, frame.lastIndexOf(0x01, frame.length - 14));
const inflated = inflateSync(zbody).length;
const specs = splitNames(dailyFields).map(name => {
  const column = dailyColumns.find(({ theirs }) => theirs === name);
  return column ? { name: column.ours, theirs: name, kind: column.kind, inverse: column.inverse ?? false } : null;
});

function floor(): number {
  const fields = inflateSync(zbody).toString('utf8').split('\x01');
  return (JSON.parse(fields[6] as string) as { record: unknown[] }).record.length;
}

function ours(): number {
  const decoded = new AnswerDecoder().push(frame);
  if (decoded.state !== 'message') throw new Error('the page does not decode');
  const reader = new RecordReader(specs, rows);
  const fault = reader.read(cutFields(decoded.frame.body)[6] as Buffer);
  if (fault) throw new Error(fault.message);
  return reader.batch().rows;
}

/** Milliseconds a page. */
function timed(decode: () => number): number {
  const start = performance.now();
  for (let n = 0; n < pagesEach; n++) if (decode() !== rows) throw new Error('rows are missing');
  return (performance.now() - start) / pagesEach;
}

timed(floor);
timed(ours);
const floors: number[] = [];
const decodes: number[] = [];
for (let n = 0; n < repetitions; n++) {
  floors.push(timed(floor));
  decodes.push(timed(ours));
}
report('decode', [
  { name: 'inflateSync + JSON.parse, strings', values: floors.map(ms => (rows / ms) * 1000), unit: 'rows/s' },
  { name: 'decoded into typed columns', values: decodes.map(ms => (rows / ms) * 1000), unit: 'rows/s' },
  { name: 'decoded into typed columns', values: decodes.map(ms => inflated / ms / 1000), unit: 'MB/s' },
  {
    name: 'speed against the floor',
    values: decodes.map((ms, n) => (floors[n] as number) / ms),
    atLeast: 0.5,
  },
]);
