import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column, ColumnKind } from '../../src/market/columns.ts';
import { cellsOf, RecordReader } from '../../src/source/baostock/record.ts';

function specs(...kinds: ColumnKind[]) {
  return kinds.map((kind, index) => ({ name: `c${index}`, theirs: `C${index}`, kind }));
}

function recordOf(rows: readonly (readonly unknown[])[]): Buffer {
  return Buffer.from(JSON.stringify({ record: rows }));
}

function cellOf(column: Column | undefined, row: number): unknown {
  if (!column) return undefined;
  if (column.kind === 'text') return column.values[row];
  return column.valid?.[row] === 0 ? null : column.values[row];
}

/** The cells of one column of the given kind, after decoding; the reader besides. */
function decode(kind: ColumnKind, cells: readonly string[]) {
  const reader = new RecordReader(specs(kind), 4);
  expect(reader.read(recordOf(cells.map(cell => [cell])))).toBeNull();
  const column = reader.batch().columns.c0;
  return { values: Array.from({ length: reader.rows }, (_, row) => cellOf(column, row)), rejected: reader.rejected };
}

describe('cells', () => {
  it('of numbers are the doubles that the text names', () => {
    const cells = ['7.2300', '-0.302100', '0.000000', '146066303.7200', '8704651000000.000000', '', '.5', '1e3', '+2'];
    const { values, rejected } = decode('double', cells);
    expect(values).toEqual([7.23, -0.3021, 0, 146066303.72, 8704651000000, null, 0.5, 1000, 2]);
    expect(rejected).toEqual([]);
    const longest = ['12345678901234567.8901', '0.1234567890123456789012345', '123456789012.3456', '9007199254740993'];
    expect(decode('double', longest).values).toEqual(longest.map(Number));
  });

  it('of decimals are rounded as the language does it, whatever their digits', () => {
    const digits = fc.stringMatching(/^-?[0-9]{1,18}(\.[0-9]{1,24})?$/);
    fc.assert(
      fc.property(fc.array(digits, { minLength: 1, maxLength: 30 }), cells => {
        expect(decode('double', cells).values).toEqual(cells.map(Number));
      }),
      { numRuns: 500 },
    );
  });

  it('of whole numbers go beyond 32 and 53 bits', () => {
    const cells = ['0', '14000000000', '29352175421.00', '-5', '9007199254740993', '9223372036854775807', ''];
    expect(decode('bigint', cells).values).toEqual([
      0n,
      14000000000n,
      29352175421n,
      -5n,
      9007199254740993n,
      9223372036854775807n,
      null,
    ]);
    expect(decode('bigint', ['9223372036854775808', '1.5', '1e9', '0x10']).rejected.length).toBe(4);
    expect(decode('integer', ['2024', '01', '-3', '']).values).toEqual([2024, 1, -3, null]);
    expect(decode('integer', ['2147483648', '1.0', '-', '99999999999']).rejected.length).toBe(4);
  });

  it('of dates and times are days and microseconds of the wall clock', () => {
    expect(decode('date', ['1970-01-02', '2024-02-29', '', '1990-12-19']).values).toEqual([1, 19782, null, 7657]);
    expect(decode('date', ['2023-02-29', '2024-1-1', '20240101', '2024-13-01', '0000-00-00']).rejected.length).toBe(5);
    const at = BigInt(Date.UTC(2024, 0, 2, 10, 30)) * 1000n;
    expect(decode('timestamp', ['20240102103000000', '']).values).toEqual([at, null]);
    expect(decode('timestamp', ['20240102253000000', '2024010210300000', '20240102106000000']).rejected.length).toBe(3);
  });

  it('of flags are 1 and 0 alone, turned round where so declared', () => {
    expect(decode('flag', ['1', '0', '']).values).toEqual([1, 0, null]);
    expect(decode('flag', ['2', 'true', '10']).rejected.length).toBe(3);
    const reader = new RecordReader([{ name: 'is_suspended', theirs: 'tradestatus', kind: 'flag', inverse: true }], 1);
    reader.read(recordOf([['1'], ['0'], ['']]));
    const column = reader.batch().columns.is_suspended;
    expect([0, 1, 2].map(row => cellOf(column, row))).toEqual([0, 1, null]);
  });

  it('of text keep what the provider sent, escapes and all', () => {
    const cells = ['万 科Ａ', '', 'a"b\\c', '浦发银行', '浦发银行', '浦发银', '\u{20bb7}', 'tab\there'];
    expect(decode('text', cells).values).toEqual(cells.map(cell => cell || null));
  });
});

describe('rows', () => {
  it('with a cell that does not parse are rejected whole, and the others stand', () => {
    const reader = new RecordReader(
      [
        { name: 'date', theirs: 'date', kind: 'date' },
        { name: 'code', theirs: 'code', kind: 'text' },
        { name: 'volume', theirs: 'volume', kind: 'bigint' },
        null,
        { name: 'close', theirs: 'close', kind: 'double' },
      ],
      1,
    );
    const bad = ['2024-01-03', 'sh.600000', 'n"/a', 'x', 'also bad'];
    const rows = [['2024-01-02', 'sh.600000', '1', 'x', ''], bad, ['2024-01-04', 'sh.600000', '3', 'y\\', '7.5']];
    expect(reader.read(recordOf(rows))).toBeNull();
    expect([reader.rows, reader.received]).toEqual([2, 3]);
    expect(reader.rejected).toEqual([
      { code: 'sh.600000', at: '2024-01-03', reason: 'volume is no whole number', raw: JSON.stringify(bad) },
    ]);
    const { columns } = reader.batch();
    expect([0, 1].map(row => cellOf(columns.volume, row))).toEqual([1n, 3n]);
    expect([0, 1].map(row => cellOf(columns.close, row))).toEqual([null, 7.5]);
    expect(Object.keys(columns)).toEqual(['date', 'code', 'volume', 'close']);
    expect(reader.raw(1)).toBe(JSON.stringify(rows[2]));
  });

  it('of several pages gather, and each keeps its own text', () => {
    const reader = new RecordReader(specs('text', 'integer'), 2);
    const rows = Array.from({ length: 50 }, (_, row) => [`r${row}`, String(row)]);
    expect(reader.read(recordOf(rows.slice(0, 20)))).toBeNull();
    expect(reader.read(Buffer.alloc(0))).toBeNull();
    expect(reader.read(Buffer.from('{ "record": [] }'))).toBeNull();
    expect(reader.read(Buffer.from(JSON.stringify({ record: rows.slice(20) }, null, 1)))).toBeNull();
    expect(reader.rows).toBe(50);
    expect(rows.map((_, row) => reader.raw(row))).toEqual(rows.map(row => JSON.stringify(row)));
    expect(reader.batch().columns.c1?.values).toEqual(Int32Array.from(rows, (_, row) => row));
  });

  it('of another width than the answer has names spoil the answer', () => {
    for (const rows of [[['a']], [['a', '1', 'b']], [['a', '1'], []], [['a', '1'], ['b']]]) {
      expect(new RecordReader(specs('text', 'integer'), 2).read(recordOf(rows))).toMatchObject({ fault: 'width' });
    }
  });
});

describe('a record', () => {
  it('with control characters inside strings is read without them', () => {
    const text = '{"record":[["a\tb","\n1"],["c","2"]]}';
    const reader = new RecordReader(specs('text', 'integer'), 2);
    expect(reader.read(Buffer.from(text))).toBeNull();
    expect(reader.batch().columns).toMatchObject({ c0: { values: ['ab', 'c'] }, c1: { values: Int32Array.of(1, 2) } });
    expect(cellsOf(Buffer.from(text))).toEqual([
      ['ab', '1'],
      ['c', '2'],
    ]);
  });

  it('that is no JSON of this shape is bad data', () => {
    const texts = ['x', '{}', '[]', '{"record":[["a","1"]', '{"record":[["a","1"]]}x', '{"record":[["a","b"c"]]}'];
    for (const text of [
      ...texts,
      '{"record":[[["a"],"1"]]}',
      '{"record":"a"}',
      '{"record":[1]}',
      '{"record":[["a\\x","1"]]}',
    ]) {
      expect(new RecordReader(specs('text', 'integer'), 2).read(Buffer.from(text))).toMatchObject({ fault: 'json' });
    }
  });

  it('of any strings decodes as JSON.parse has it', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string(), fc.constantFrom('', '"', '\\', '\\"', '],["'));
    const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 });
    fc.assert(
      fc.property(table, rows => {
        const reader = new RecordReader(specs('text', 'text', 'text'), 1);
        expect(reader.read(recordOf(rows))).toBeNull();
        const { columns } = reader.batch();
        const decoded = rows.map((_, row) => [0, 1, 2].map(n => cellOf(columns[`c${n}`], row) ?? ''));
        expect(decoded).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it('of any bytes is decoded or refused, never thrown at', () => {
    const sample = recordOf([['2024-01-02', 'sh.600000', '7.23', '1', '20240102103000000', '5']]).toString('latin1');
    const kinds: ColumnKind[] = ['date', 'text', 'double', 'flag', 'timestamp', 'bigint'];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map(noise => Buffer.from(noise)),
      fc
        .tuple(fc.nat(sample.length), fc.nat(12), fc.string({ maxLength: 6 }))
        .map(([at, cut, put]) => Buffer.from(sample.slice(0, at) + put + sample.slice(at + cut), 'latin1')),
    );
    fc.assert(
      fc.property(bytes, record => {
        const reader = new RecordReader(specs(...kinds), 1);
        const fault = reader.read(record);
        if (fault === null) expect(reader.received).toBe(reader.rows + reader.rejected.length);
        else expect(['json', 'width']).toContain(fault.fault);
      }),
      { numRuns: 2000 },
    );
  });
});
