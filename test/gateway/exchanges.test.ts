/**
 * The recorded exchanges with the provider's server, replayed against a gateway on a folder that holds what the recorded
 * answers hold: byte for byte the same, but for server times and for the checksum of packed answers.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clockFrom, readInstant } from '../../src/config/clock.ts';
import { openCsvMarket } from '../../src/gateway/csv/market.ts';
import { type Gateway, runGateway } from '../../src/gateway/gateway.ts';
import { AnswerDecoder, fieldsOf, packedTypes } from '../../src/source/baostock/frame.ts';
import { messageOfRequest, namesIndex, recordIndex, splitNames } from '../../src/source/baostock/messages.ts';
import { Talk } from './talk.ts';

const shared = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared');
const present = existsSync(join(shared, 'baostock-vectors.json'));
if (!present) console.log(`skipped: no recorded exchanges at ${shared}`);

interface Vectors {
  readonly responses: readonly { readonly name: string; readonly hex?: string; readonly file?: string }[];
  readonly exchanges: readonly {
    readonly request: { readonly type: string; readonly hex: string; readonly fields: readonly string[] };
    readonly response: string;
  }[];
}

const vectors: Vectors = present
  ? JSON.parse(readFileSync(join(shared, 'baostock-vectors.json'), 'utf8'))
  : { responses: [], exchanges: [] };

function recordedBytes(name: string): Buffer {
  const found = vectors.responses.find(response => response.name === name);
  return found?.hex ? Buffer.from(found.hex, 'hex') : readFileSync(join(shared, found?.file ?? ''));
}

function decoded(bytes: Buffer): { readonly type: string; readonly fields: string[] } {
  const answer = new AnswerDecoder().push(bytes);
  if (answer.state !== 'message') throw new Error('not a whole answer');
  return { type: answer.frame.type, fields: fieldsOf(answer.frame.body) };
}

function csv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const quoted = (cell: string) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return `${[columns, ...rows].map(row => row.map(quoted).join(',')).join('\n')}\n`;
}

const minutes: Readonly<Record<string, string>> = { '5': 'min5-qfq', '60': 'min60-qfq' };

/** Writes what the recorded answers hold; daily bars are the raw ones, to be adjusted by the recorded factor. */
function writeFolder(folder: string): void {
  mkdirSync(join(folder, 'daily-raw'));
  const bars = 'daily-raw/sh.600000.csv';
  symlinkSync(join(shared, 'data/a-share', bars), join(folder, bars));
  for (const { request, response } of vectors.exchanges) {
    const { fields } = decoded(recordedBytes(response));
    const message = messageOfRequest.get(request.type);
    if (!message || fields[0] !== '0') continue;
    const record = fields[recordIndex(message)] ?? '';
    const rows = record === '' ? [] : (JSON.parse(record) as { record: string[][] }).record;
    const columns = splitNames(fields[namesIndex(message)] as string);
    const frequency = request.fields[8] as string;
    if (message.method !== 'query_history_k_data_plus') {
      const own = message.method === 'query_trade_dates' ? 'trade-dates' : message.method;
      const byDay = message.method === 'query_all_stock';
      const day = request.fields[4] as string;
      const text = byDay
        ? csv(
            ['day', ...columns],
            rows.map(row => [day, ...row]),
          )
        : csv(columns, rows);
      writeFileSync(join(folder, `${own}.csv`), text);
    } else if (minutes[frequency]) {
      mkdirSync(join(folder, minutes[frequency]));
      writeFileSync(join(folder, minutes[frequency], 'sh.600000.csv'), csv(columns, rows));
    }
  }
}

describe.skipIf(!present)('recorded exchanges', () => {
  let folder: string;
  let gateway: Gateway;
  let talk: Talk;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'duckline-exchanges-'));
    writeFolder(folder);
    const recordedAt = readInstant('2026-04-22T20:38:00', 'the recording');
    gateway = await runGateway({ market: openCsvMarket(folder), clock: clockFrom(() => recordedAt) });
    talk = await Talk.open(gateway.port);
  });

  afterAll(async () => {
    talk?.close();
    await gateway?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const session = vectors.exchanges.filter(({ request }) => request.type === '00' || request.type === '02');
  const queries = vectors.exchanges.filter(exchange => !session.includes(exchange));

  it('are 46', () => {
    expect(vectors.exchanges.length).toBe(46);
  });

  it.each(session.filter(({ request }) => request.type === '00'))('$response', async ({ request, response }) => {
    talk.write(Buffer.from(request.hex, 'hex'));
    const answer = await talk.answer();
    const recorded = decoded(recordedBytes(response));
    expect(answer.type).toBe(recorded.type);
    expect(answer.fields.slice(0, -1)).toEqual(recorded.fields.slice(0, -1));
    expect(answer.fields.at(-1)).toMatch(/^20260422\d{9}$/);
  });

  it.each(queries)('$response', async ({ request, response }) => {
    talk.write(Buffer.from(request.hex, 'hex'));
    const answer = await talk.answerBytes();
    const recorded = recordedBytes(response);
    expect(decoded(answer)).toEqual(decoded(recorded));
    if (!packedTypes.has(decoded(recorded).type)) expect(answer.equals(recorded)).toBe(true);
  });

  it.each(session.filter(({ request }) => request.type === '02'))('$response', async ({ request, response }) => {
    talk.write(Buffer.from(request.hex, 'hex'));
    const answer = await talk.answer();
    const recorded = decoded(recordedBytes(response));
    expect([answer.type, ...answer.fields.slice(0, -1)]).toEqual([recorded.type, ...recorded.fields.slice(0, -1)]);
  });
});
