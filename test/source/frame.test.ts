import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AnswerDecoder,
  answerBound,
  cutFields,
  encodeAnswer,
  encodeRequest,
  fieldsOf,
  RequestDecoder,
} from '../../src/source/baostock/frame.ts';
import { barsAnswer, errorAnswer, loginAnswer, loginRequest, nameAnswer, nameRequest } from './examples.ts';
import {
  cutProperty,
  decodeCut,
  decodeDripping,
  decodeWhole,
  garbageProperty,
  mutationProperty,
  requestProperty,
  same,
} from './frame-properties.ts';

const answers = [loginAnswer, nameAnswer, errorAnswer, barsAnswer];
const terminator = '<![CDATA[]]>\n';

function message(bytes: Buffer) {
  const decoded = decodeWhole(bytes);
  if (decoded.state !== 'message') throw new Error(`no message but ${JSON.stringify(decoded)}`);
  return decoded;
}

function fault(bytes: Buffer, decoder = new AnswerDecoder()): string {
  const decoded = decoder.push(bytes);
  return decoded.state === 'broken' ? decoded.error.fault : decoded.state;
}

function header(type: string, length: number): string {
  return `00.9.00\x01${type}\x01${String(length).padStart(10, '0')}`;
}

function packed(zbody: Buffer, length = zbody.length, tail = `\x011\n${terminator}`): Buffer {
  return Buffer.concat([Buffer.from(header('96', length)), zbody, Buffer.from(tail)]);
}

describe('requests', () => {
  it('are encoded as the official client does, the length in characters', () => {
    expect(encodeRequest('00.9.40', '00', ['login', 'anonymous', '123456', '0'])).toEqual(loginRequest);
    const fields = ['query_stock_basic', 'anonymous', '1', '2000', '', '浦发银行'];
    expect(encodeRequest('00.9.40', '45', fields)).toEqual(nameRequest);
  });

  it('refuse a field that would change their number', () => {
    expect(() => encodeRequest('00.9.40', '45', ['a\x01b'])).toThrow(RangeError);
    expect(() => encodeRequest('00.9.40', '45', ['a\nb'])).toThrow(RangeError);
  });

  it('are decoded from a stream, several at a time or byte by byte', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.concat([loginRequest, nameRequest.subarray(0, 30)]));
    expect(decoder.take()).toMatchObject({
      state: 'message',
      type: '00',
      fields: ['login', 'anonymous', '123456', '0'],
    });
    expect(decoder.take()).toBeNull();
    for (const byte of nameRequest.subarray(30)) decoder.push(Uint8Array.of(byte));
    expect(decoder.take()).toMatchObject({ state: 'message', type: '45', version: '00.9.40' });
    expect(decoder.take()).toBeNull();
  });

  it('may say their length in bytes', () => {
    const signed = Buffer.from(nameRequest.subarray(0, nameRequest.lastIndexOf(0x01)));
    signed.write('0000000048', 11);
    const decoder = new RequestDecoder();
    decoder.push(Buffer.concat([signed, Buffer.from(`\x01${crc32(signed)}\n`)]));
    expect(decoder.take()).toMatchObject({ state: 'message', type: '45' });
    decoder.push(Buffer.concat([signed, Buffer.from(`\x01${crc32(signed) - 1}\n`)]));
    expect(decoder.take()).toMatchObject({ state: 'broken', error: { fault: 'crc' } });
  });

  it('that are broken leave the stream usable at the next line', () => {
    const decoder = new RequestDecoder();
    decoder.push(Buffer.concat([Buffer.from('nonsense\n\n'), loginRequest]));
    expect(decoder.take()).toMatchObject({ state: 'broken', error: { fault: 'header' } });
    expect(decoder.take()).toMatchObject({ state: 'broken', error: { fault: 'header' } });
    expect(decoder.take()).toMatchObject({ state: 'message', type: '00' });
  });

  it('that never end are given up at the bound, for good', () => {
    const decoder = new RequestDecoder(100);
    decoder.push(Buffer.alloc(101, 0x41));
    expect(decoder.take()).toMatchObject({ state: 'broken', error: { fault: 'bound' } });
    decoder.push(loginRequest);
    expect(decoder.take()).toBeNull();
  });

  it('are the same requests wherever the stream is cut, whatever it holds', () => {
    fc.assert(requestProperty([loginRequest, nameRequest]), { numRuns: 300 });
  });
});

describe('answers', () => {
  it('are split into fields, plain and packed', () => {
    expect(fieldsOf(message(loginAnswer).frame.body)).toEqual([
      '0',
      'success',
      'login',
      'anonymous',
      '20260422163759563',
    ]);
    const { frame } = message(barsAnswer);
    expect(frame).toMatchObject({ version: '00.9.00', type: '96', size: barsAnswer.length });
    expect(frame.body.length).toBe(1259);
    const fields = fieldsOf(frame.body);
    expect(fields.slice(7)).toEqual([
      'sh.600000',
      'date,time,code,open,high,low,close,volume,amount,adjustflag',
      '2024-01-02',
      '2024-01-03',
      '60',
      '2',
    ]);
    expect(cutFields(frame.body).map(field => field.toString())).toEqual(fields);
  });

  it('re-encode to the same bytes, but for the checksum of a packed one', () => {
    for (const answer of [loginAnswer, nameAnswer, errorAnswer]) {
      const { frame } = message(answer);
      expect(encodeAnswer(frame.type, fieldsOf(frame.body))).toEqual(answer);
    }
    const again = encodeAnswer('96', fieldsOf(message(barsAnswer).frame.body));
    const end = 21 + 404 + 1;
    expect(again.subarray(0, end)).toEqual(barsAnswer.subarray(0, end));
    expect(again.subarray(-14)).toEqual(barsAnswer.subarray(-14));
  });

  it('are the same split at every byte', () => {
    for (const answer of answers) {
      const whole = message(answer);
      for (let cut = 0; cut <= answer.length; cut++) expect(same(decodeCut(answer, [cut]), whole)).toBe(true);
      for (let cut = 0; cut < answer.length; cut++) {
        expect(new AnswerDecoder().push(answer.subarray(0, cut)).state).toBe('waiting');
      }
      expect(same(decodeDripping(answer), whole)).toBe(true);
    }
  });

  it('of a megabyte may drip in byte by byte', () => {
    const cell = `["2024-01-02","${terminator.trim()}浦发银行"]`;
    const record = `{"record":[${new Array(18_000).fill(cell).join()}]}`;
    const plain = encodeAnswer('34', ['0', 'success', 'query_trade_dates', 'anonymous', '1', '2000', record]);
    expect(plain.length).toBeGreaterThan(750_000);
    expect(same(decodeDripping(plain), message(plain))).toBe(true);
  });

  it('tell what stands beyond them', () => {
    const decoder = new AnswerDecoder();
    expect(decoder.push(Buffer.concat([loginAnswer, loginAnswer.subarray(0, 5)]))).toMatchObject({ beyond: 5 });
    expect(decoder.push(Buffer.alloc(3))).toMatchObject({ state: 'message', beyond: 8 });
    expect(new AnswerDecoder().push(Buffer.concat([barsAnswer, Buffer.alloc(1)]))).toMatchObject({ beyond: 1 });
  });

  it('do not end at a terminator inside a packed body or inside a field', () => {
    const body = `0\x01success\x01m\x01u\x011\x012000\x01${terminator}\x01x`;
    expect(fieldsOf(message(encodeAnswer('34', body.split('\x01'))).frame.body)[6]).toBe(terminator);
    const stored = deflateSync(Buffer.from(`${body}\x01123${terminator}`), { level: 0 });
    expect(message(packed(stored)).frame.body.toString()).toContain('123<');
  });

  it('are refused with the fault that they have', () => {
    expect(fault(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toBe('header');
    expect(fault(Buffer.from(header('3a', 0)))).toBe('header');
    expect(fault(Buffer.concat([loginAnswer.subarray(0, 25), Buffer.from('x'), loginAnswer.subarray(26)]))).toBe('crc');
    expect(fault(packed(Buffer.from('no zlib at all')))).toBe('zlib');
    expect(fault(packed(deflateSync('a').subarray(0, -1)))).toBe('zlib');
    expect(fault(packed(Buffer.concat([deflateSync('a'), Buffer.from('more')])))).toBe('zlib');
    expect(fault(packed(deflateSync(Buffer.of(0x30, 0xff))))).toBe('text');
    expect(fault(packed(deflateSync('a'), 3))).toBe('trailer');
    expect(fault(packed(deflateSync('a'), undefined, `\x0112345678901\n${terminator}`))).toBe('trailer');
    expect(fault(packed(deflateSync('a'), undefined, `\x01\n${terminator}`))).toBe('trailer');
    expect(fault(packed(deflateSync('a'), undefined, `\x011\n${terminator.slice(1)}x`))).toBe('trailer');
    expect(fault(Buffer.from(`${header('34', 2)}${'x'.repeat(60)}`))).toBe('length');
  });

  it('are refused for a length that fits neither characters nor bytes', () => {
    const wrong = Buffer.from(loginAnswer);
    wrong.write('0000000044', 11);
    const cut = wrong.lastIndexOf(0x01);
    const mended = Buffer.concat([
      wrong.subarray(0, cut + 1),
      Buffer.from(`${crc32(wrong.subarray(0, cut))}${terminator}`),
    ]);
    expect(fault(mended)).toBe('length');
  });

  it('never take more than the bound, as sent or inflated', () => {
    expect(fault(Buffer.from(header('96', answerBound + 1)))).toBe('bound');
    expect(fault(Buffer.from(header('34', answerBound + 1)))).toBe('bound');
    const decoder = new AnswerDecoder(1000);
    expect(fault(Buffer.from(header('34', 900)), decoder)).toBe('waiting');
    expect(fault(Buffer.alloc(5000, 0x78), decoder)).toBe('bound');
    const bomb = deflateSync(Buffer.alloc(1 << 21));
    expect(fault(packed(bomb), new AnswerDecoder(1 << 20))).toBe('bound');
  });

  it('damaged at random are found out, without a throw', () => {
    fc.assert(mutationProperty(answers), { numRuns: 1500 });
    fc.assert(garbageProperty(), { numRuns: 500 });
    fc.assert(cutProperty(answers), { numRuns: 300 });
  });
});
