/** Values against DuckDB's own cast to text: nothing lost, nothing reshaped. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeText, valueJson, valueText } from '../../src/output/value.ts';
import '../../src/store/pool/struct-values.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run("set timezone = 'Asia/Shanghai'");
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function texts(
  expression: string,
): Promise<{ ours: string | null; theirs: unknown; json: string; type: string }> {
  const reader = await connection.runAndReadAll(`select x, cast(x as varchar) from (select ${expression} as x)`);
  const [row] = reader.getRows();
  const type = reader.columnType(0);
  const value = row?.[0] ?? null;
  return { ours: valueText(value, type), theirs: row?.[1], json: valueJson(value, type), type: typeText(type) };
}

const expressions = [
  ...['1.0', '0.1', '-0.0', '1e15', '1e16', '123456789012345680', '1e20', '-1.5e300', '5e-324', '0.0001', '1e-5'].map(
    text => `'${text}'::double`,
  ),
  ...['nan', 'inf', '-inf', '0.30000000000000004', '246551017.80000001', '100', '1e-7'].map(
    text => `'${text}'::double`,
  ),
  ...['0.1', '1e10', '3.4028235e38', '16777216', '1.17549435e-38', '-2.5', '1e-45'].map(text => `'${text}'::float`),
  '9223372036854775807::bigint',
  '18446744073709551615::ubigint',
  '-170141183460469231731687303715884105727::hugeint',
  '340282366920938463463374607431768211455::uhugeint',
  '1.230::decimal(18,3)',
  '-0.05::decimal(4,2)',
  '12345678901234567890123456789012345678::decimal(38,0)',
  'true',
  "'中文 text'",
  "''",
  "'NULL'",
  'null',
  "date '2024-01-02'",
  "date '0044-03-15 (BC)'",
  "date '12345-01-02'",
  "'infinity'::date",
  "'-infinity'::date",
  "timestamp '2024-01-02 09:35:00.12'",
  "timestamp_ns '2024-01-02 09:35:00.123456789'",
  "timestamp_ms '2024-01-02 09:35:00.123'",
  "timestamp_s '1969-12-31 23:59:59'",
  "timestamptz '2024-01-02 09:35:00+08'",
  "timestamptz '1969-12-31 23:59:59.999999+00'",
  "timestamptz '1988-07-01 09:35:00+08'",
  "timestamptz '1991-09-15 00:30:00+08'",
  "timestamptz '1880-07-01 09:35:00+08'",
  "(date '0044-03-15 (BC)')::timestamptz",
  "'infinity'::timestamptz",
  "time '09:35:00.5'",
  "timetz '09:35:00+08'",
  "interval '1 year 2 months 3 days 4.5 seconds'",
  "interval '-1 day -2 seconds'",
  "interval '0 seconds'",
  "'ab\\x00\\xff'::blob",
  "'0110'::bit",
  "uuid '3f333df6-90a4-4fda-8dd3-9485d27cee36'",
  "'b'::enum('a', 'b')",
  "['a', 'b c', 'it''s', '', 'NULL', null, 'a,b', ' s', 'a:b', 'a=b', 'a\\b', 'a\\,b', '(', '1', '贵州']",
  '[1.5::double, 2, null]',
  '[]',
  "[timestamptz '2024-01-02 09:35:00+08']",
  '[\'{"a": 1}\'::json]',
  'array_value(1, 2)::int[2]',
  "{'a': 1, 'b c': 'x y', 'it''s': null}",
  "{'a': {'b': [1, 2]}, 'c': interval '1 day'}",
  "map {'k': 1, 'a b': 2}",
  "map {1: ['x', 'y, z']}",
  "union_value(n := 'a b')",
  '[union_value(n := 2)]',
  '42::variant',
  "row(1, 'x')",
  "row(1, 'x y', null, '', '(')",
  "[row(1, 'x'), null, row(2, 'y')]",
  "{'a': row(1, 2), 'b': [row(3, 'it''s')]}",
  "row(row(1, 2), '')",
  "map {row(1, 2): row('x', 'y')}",
  'union_value(n := row(1, 2))',
  '[array_value(row(1, 2), row(3, 4))]',
  "{'__proto__': 1, 'constructor': 2}",
  "{'1': 'one', '0': 'zero'}",
  '123456789012345678901234567890123456789012345::bignum',
  "timestamp_ns '1677-09-22 00:00:00.000000001'",
  "'09:30:00.123456789'::time_ns",
  "'09:30:00-15:59:59'::timetz",
  'to_microseconds(-9223372036854775807)',
  "{'a': 1, 'b': [1, 'x'::variant]}::variant",
];

describe('valueText', () => {
  it.each(expressions)('writes %s as DuckDB does', async expression => {
    const { ours, theirs } = await texts(expression);
    expect(ours).toBe(theirs);
  });

  it.each([
    "repeat('\\x00a', 1000)::blob",
    'range(100000)',
    "list_transform(range(1000), lambda x: {'n': x, 'b': repeat('y', 1000)::blob})",
    'map_from_entries(list_transform(range(1000), lambda x: row(x, [x])))',
    "row(1, range(10000), 'x')",
    'union_value(l := range(10000))',
  ])('writes no more of %s than is asked for', async expression => {
    const reader = await connection.runAndReadAll(`select ${expression} as x`);
    const [value] = reader.getRows()[0] ?? [];
    const type = reader.columnType(0);
    const whole = valueText(value ?? null, type) as string;
    const short = valueText(value ?? null, type, 40) as string;
    expect(short.length).toBeGreaterThan(40);
    expect(short.length).toBeLessThan(400);
    expect(whole.startsWith(short.slice(0, 40))).toBe(true);
  });

  it('agrees on random doubles, and gives every float back', async () => {
    const reader = await connection.runAndReadAll(`
      select x, x::varchar, x::float, x::float::varchar from (
        select (random() - 0.5) * pow(10, (random() * 40 - 20)::int) as x from range(2000))`);
    const [double, , float] = reader.columnTypes();
    if (!double || !float) throw new Error('no types');
    for (const [x, text, y, short] of reader.getRows()) {
      expect(valueText(x ?? null, double)).toBe(text);
      expect(Math.fround(Number(valueText(y ?? null, float)))).toBe(Math.fround(Number(short)));
    }
  });
});

describe('valueJson', () => {
  it.each([
    ['170141183460469231731687303715884105727::hugeint', '"170141183460469231731687303715884105727"'],
    ['12345::hugeint', '12345'],
    ['9223372036854775807::bigint', '9223372036854775807'],
    ['999999999999999.999::decimal(18,3)', '"999999999999999.999"'],
    ['1.230::decimal(18,3)', '1.230'],
    ["'nan'::double", '"nan"'],
    ['null', 'null'],
    ["''", '""'],
    ["chr(27) || '[2J'", '"\\u001b[2J"'],
    ["chr(155) || '2J'", '"\\u009b2J"'],
    ["{'a': row(1, 'x', null), 'b': [row(2)]}", '{"a":[1,"x",null],"b":[[2]]}'],
    ["{'a': [1, null], 'b': map {'k': date '2024-01-02'}}", '{"a":[1,null],"b":{"k":"2024-01-02"}}'],
  ])('writes %s', async (expression, wanted) => {
    const { json } = await texts(expression);
    expect(json).toBe(wanted);
    JSON.parse(json);
  });
});

describe('typeText', () => {
  it.each([
    ['1::decimal(18,3)', 'decimal(18,3)'],
    ["'b'::enum('a', 'b')", 'enum'],
    ["{'a': 1}", 'struct'],
    ["[{'a': 1}]", 'struct[]'],
    ["timestamptz '2024-01-02 09:35:00+08'", 'timestamptz'],
    ["'{}'::json", 'json'],
    ["map {'k': 1}", 'map(varchar, integer)'],
  ])('names the type of %s', async (expression, wanted) => {
    expect((await texts(expression)).type).toBe(wanted);
  });
});
