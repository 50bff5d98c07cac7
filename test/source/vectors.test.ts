/** Every recorded and made frame: requests to the same bytes, answers to the stated rows and back to the same bytes. */
import { describe, expect, it } from 'vitest';
import { dailyColumns, minuteColumns } from '../../src/source/baostock/datasets/market.ts';
import { datasets } from '../../src/source/baostock/datasets.ts';
import { failureOf } from '../../src/source/baostock/errors.ts';
import {
  AnswerDecoder,
  cutFields,
  encodeAnswer,
  encodeRequest,
  fieldsOf,
  RequestDecoder,
} from '../../src/source/baostock/frame.ts';
import { apiKeyFailure } from '../../src/source/baostock/login-key.ts';
import {
  answerFields,
  answerLength,
  type Message,
  messageOfRequest,
  namesIndex,
  recordIndex,
  requestFields,
  splitNames,
} from '../../src/source/baostock/messages.ts';
import { PageReader } from '../../src/source/baostock/parts.ts';
import { cellsOf, RecordReader } from '../../src/source/baostock/record.ts';
import { bytesOf, present, type ResponseVector, vectors } from './vectors.ts';

/** The message that an answer belongs to; null for login, logout and errors. */
function messageOfAnswer(answer: ResponseVector): Message | null {
  if (answer.body_fields[0] !== '0') return null;
  return [...messageOfRequest.values()].find(({ method }) => method === answer.body_fields[2]) ?? null;
}

function decoded(bytes: Buffer) {
  const result = new AnswerDecoder().push(bytes);
  if (result.state !== 'message') throw new Error(`no message but ${result.state}`);
  expect(result.beyond).toBe(0);
  return result.frame;
}

describe.skipIf(!present)('recorded frames', () => {
  it('has all of them', () => {
    expect([vectors.requests.length, vectors.responses.length, vectors.exchanges.length]).toEqual([48, 55, 46]);
  });

  it.each(vectors.requests)('encodes the request $name to the same bytes', vector => {
    const bytes = encodeRequest(vector.version, vector.type, vector.fields);
    expect(bytes.toString('hex')).toBe(vector.hex);
    const decoder = new RequestDecoder();
    decoder.push(bytes);
    expect(decoder.take()).toEqual({
      state: 'message',
      version: vector.version,
      type: vector.type,
      fields: vector.fields,
    });
    const message = messageOfRequest.get(vector.type);
    if (!message) return;
    const head = message.paged ? 4 : 2;
    expect(vector.fields.length).toBe(head + message.parameters.length);
    const [, user = '', page, size] = vector.fields;
    const fields = requestFields(message, user, Number(page), Number(size), vector.fields.slice(head));
    expect(fields).toEqual(vector.fields);
  });

  it.each(vectors.responses)('decodes the answer $name to the stated rows and re-encodes it', vector => {
    const bytes = bytesOf(vector);
    const frame = decoded(bytes);
    expect([frame.version, frame.type]).toEqual([vector.version, vector.type]);
    const fields = fieldsOf(frame.body);
    expect(fields.map(field => (field.length > 200 ? '' : field))).toEqual(
      vector.body_fields.map((field, index) => ((fields[index]?.length ?? 0) > 200 ? '' : field)),
    );
    const again = encodeAnswer(frame.type, fields, frame.version);
    const digest = vector.compressed && vector.source === 'recorded' ? withoutChecksum : (whole: Buffer) => whole;
    expect(digest(again).equals(digest(bytes))).toBe(true);
    const message = messageOfAnswer(vector);
    if (!message) return;
    expect(message.answers).toContain(vector.type);
    expect(fields.length).toBe(answerLength(message));
    const record = cutFields(frame.body)[recordIndex(message)] as Buffer;
    const rows = cellsOf(record);
    if (vector.record_is_json === false) {
      expect(rows).toBeNull();
      expect(new RecordReader(new Array(7).fill(null), 1).read(record)).toMatchObject({ fault: 'json' });
      return;
    }
    expect(rows?.length).toBe(vector.rows);
    if (!vector.rows) return;
    expect([rows?.[0], rows?.at(-1)]).toEqual([vector.first_row, vector.last_row]);
    const names = splitNames(fields[namesIndex(message)] as string);
    expect(names.length).toBe(vector.first_row?.length);
    const reader = new RecordReader(
      names.map(name => ({ name, theirs: name, kind: 'text' as const })),
      1,
    );
    expect(reader.read(record)).toBeNull();
    const { columns } = reader.batch();
    expect(rows).toEqual(
      Array.from({ length: reader.rows }, (_, row) => names.map(name => columns[name]?.values[row] ?? '')),
    );
  });

  it('declares the field names exactly as they are sent, and the echo', () => {
    const seen = new Set<string>();
    for (const { request, response } of vectors.exchanges) {
      const answer = vectors.responses.find(({ name }) => name === response) as ResponseVector;
      const message = messageOfAnswer(answer);
      if (!message) continue;
      seen.add(message.method);
      const fields = fieldsOf(decoded(bytesOf(answer)).body);
      expect(answerFields(message, request.fields, fields[6] as string)).toEqual(fields);
      if (message.names !== null) expect(message.names).toBe(fields.at(-1));
    }
    // Whole-market answers alone were not recorded.
    expect(seen.size).toBe(messageOfRequest.size - 3);
  });

  it('declares kinds that every recorded cell has', () => {
    const checked = new Set<string>();
    for (const vector of vectors.responses) {
      const message = messageOfAnswer(vector);
      if (!message || !vector.rows || vector.source === 'made') continue;
      const dataset = datasets.find(({ asks }) => asks.some(({ method }) => method === message.method));
      const daily = vector.body_fields.includes('d')
        ? dailyColumns.filter(({ ours }) => !/_ttm|_mrq/.test(ours))
        : null;
      const reader = new PageReader(dataset?.columns ?? daily ?? minuteColumns, 1);
      const fields = cutFields(decoded(bytesOf(vector)).body);
      const names = splitNames(fields[namesIndex(message)]?.toString() ?? '');
      if (message.method === 'query_all_stock') continue;
      expect(reader.take({ number: 1, names, record: fields[recordIndex(message)] as Buffer }), vector.name).toBe(
        vector.rows,
      );
      expect(reader.finish().rejected, vector.name).toEqual([]);
      checked.add(message.method);
    }
    expect(checked.size).toBeGreaterThanOrEqual(23);
  });

  it.each(vectors.broken_frames)('$name: $expect', ({ name, hex }) => {
    const result = new AnswerDecoder().push(Buffer.from(hex, 'hex'));
    if (name.startsWith('cut') || name === 'terminator_inside_zlib_is_no_end') expect(result.state).toBe('waiting');
    else if (name === 'two_frames') expect(result).toMatchObject({ state: 'message', beyond: 345 });
    else expect(result.state).toBe('broken');
  });

  it.each(vectors.api_keys)('takes the key $key: $valid', ({ key, valid }) => {
    expect(apiKeyFailure(key)).toEqual(valid ? null : expect.objectContaining({ class: 'auth', code: '10001012' }));
  });

  it('has a sentence for every error that was recorded', () => {
    for (const { body_fields } of vectors.responses) {
      if (body_fields[0] !== '0') expect(failureOf(body_fields[0] as string).message).not.toContain('not known.');
    }
  });

  it.each(vectors.adjustment_golden)('adjusts $raw_close by its factors as recorded', golden => {
    const adjusted = (factor: string) => Number(golden.raw_close) * Number(factor);
    expect(adjusted(golden.fore)).toBeCloseTo(Number(golden.qfq_close), 8);
    if (golden.back && golden.hfq_close) expect(adjusted(golden.back)).toBeCloseTo(Number(golden.hfq_close), 8);
  });
});

/** A packed answer without its trailer, whose checksum the provider counts in a way of its own. */
function withoutChecksum(answer: Buffer): Buffer {
  return answer.subarray(0, answer.lastIndexOf(0x01, answer.length - 14));
}
