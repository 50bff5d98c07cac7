/** What the engine writes as CSV against what the rows give, byte for byte; every type is written alike or said not to be. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineTextOptions, engineWritesAlike } from '../../src/output/engine-text.ts';
import { resultWriter } from '../../src/output/formats.ts';
import { Memory } from './rows.ts';

let memory: Memory;
let folder: string;

beforeAll(async () => {
  memory = await Memory.open();
  folder = mkdtempSync(join(tmpdir(), 'duckline-engine-text-'));
  await memory.run(`create type mood as enum ('sad', 'a,b', '', ' x', 'q"q', '#')`);
});
afterAll(() => {
  memory.close();
  rmSync(folder, { recursive: true, force: true });
});

async function bothWays(sql: string, delimiter: ',' | '\t') {
  const { names, types, rows } = await memory.result(sql);
  const writer = resultWriter(delimiter === ',' ? 'csv' : 'tsv', { terminal: false, glyphs: true });
  const ours = writer.head(names, types) + writer.rows(rows) + writer.end();
  const file = join(folder, 'engine');
  await memory.run(`copy (${sql}\n) to '${file}' (${engineTextOptions(delimiter)})`);
  return { ours, engine: readFileSync(file, 'utf8'), alike: engineWritesAlike({ names, types }, true) };
}

const texts = [
  ...["''", "'a'", "' a'", "'a '", "'a,b'", "'a\tb'", `'a"b'`, `'"'`, 'chr(10)', 'chr(13)', "'a' || chr(10)", "'#a'"],
  ...["'a#'", "'NULL'", "'null'", 'chr(0)', "'贵州茅台'", "chr(12288) || 'x'", "chr(160) || 'x'", 'chr(9)', 'chr(11)'],
  ...["'''x'''", "'\\'", "chr(27) || '[2J'", 'chr(8232)', "'😀'", "'a;b|c'", 'null::varchar'],
];
const numbers = [
  ...[
    'true',
    '1::tinyint',
    '-1::smallint',
    '1',
    '9223372036854775807',
    '255::utinyint',
    '18446744073709551615::ubigint',
  ],
  ...['170141183460469231731687303715884105727::hugeint', '340282366920938463463374607431768211455::uhugeint'],
  ...[
    '123456789012345678901234567890123456789012345::bignum',
    '0.1::float',
    '1e10::float',
    '3.4e38::float',
    '1e-5::float',
  ],
  ...["'nan'::float", "'-inf'::float", '-0.0::float', '0.1::double', '1e15::double', '1e16::double', '1e-4::double'],
  ...[
    '1e-5::double',
    '5e-324::double',
    '1.7976931348623157e308::double',
    "'nan'::double",
    '-0.0::double',
    '1e22::double',
  ],
  ...['1.230::decimal(4,3)', '-0.005::decimal(18,3)', '12345678901234567890123456789012345.678::decimal(38,3)'],
];
const times = [
  ...["date '2024-01-02'", "date '0001-01-01'", "date '0044-03-15 (BC)'", "date '10000-01-01'", "'-infinity'::date"],
  ...["time '09:30:00.123456'", "time '24:00:00'", "'09:30:00.1+08:30'::timetz", "'09:30:00.123456789'::time_ns"],
  ...["timestamp '2024-01-02 09:30:00.5'", "timestamp '0044-03-15 (BC) 00:00:00'", "'infinity'::timestamp"],
  ...["'2024-01-02 09:30:00.123456789'::timestamp_ns", "'2024-01-02 09:30:00.123'::timestamp_ms"],
  ...[
    "'2024-01-02 09:30:00'::timestamp_s",
    "'infinity'::timestamp_s",
    "'-infinity'::timestamp_ms",
    "'infinity'::timestamp_ns",
  ],
  ...["'2024-01-02 09:30:00+08'::timestamptz", "'1988-06-01 00:00:00+00'::timestamptz", "'infinity'::timestamptz"],
  ...["'1890-06-01 00:00:00+00'::timestamptz", "'1945-06-01 00:00:00.25+00'::timestamptz"],
  ...["interval '3 months 2 days 01:02:03.5'", "interval '-3 months'", "interval '0 days'", "interval '-0.5 second'"],
];
const others = [
  ...["'\\xAA\\x00'::blob", `'a"b,c'::blob`, "''::blob", "' '::blob", "'101'::bit", 'null'],
  ...["'a,b'::mood", "''::mood", "' x'::mood", "'#'::mood", "uuid '6ba7b810-9dad-11d1-80b4-00c04fd430c8'"],
  ...['[1, null, 3]', '[[1], [2, 3], []]', '[]::int[]', '[1, 2]::int[2]', "['x　', '#', 'a\nb', chr(9) || 'x']"],
  `['a', 'b c', 'd,e', 'NULL', '', null, 'it''s', 'q"x', ' x', 'back\\slash', '{', 'a:b', 'x=y', '(', 'nUll']`,
  ...["{'a': 1, 'b': 'x, y', 'c': null}", "{'a b': 1, 'it''s': 2}", "{'a': {'b': [1]}}", "map {'k 2': null}", 'map {}'],
  ...[
    `'{"a": [1, 2]}'::json`,
    `['{"a":1}'::json]`,
    "[date '2024-01-01']",
    '[1.50::decimal(4,2)]',
    "[0.1::double, 'nan']",
  ],
  ...["['2024-01-02 09:30:00+08'::timestamptz]", "[interval '1 day']", "['\\xAA'::blob]", "['a,b'::mood, '', ' x']"],
];

describe('text of the engine', () => {
  it.each([
    ['csv', ','],
    ['tsv', '\t'],
  ] as const)('is that of the rows, of every type, as %s', async (_, delimiter) => {
    const wrong: unknown[] = [];
    for (const value of [...texts, ...numbers, ...times, ...others]) {
      const sql = `select ${value} as x, 1 as n union all select null, 2`;
      const { ours, engine, alike } = await bothWays(sql, delimiter);
      if (!alike || ours !== engine) wrong.push({ sql, alike, ours, engine });
    }
    expect(wrong).toEqual([]);
  });

  it('is that of the rows where there are none, and in names', async () => {
    for (const sql of [
      'select 1 as x where false',
      'select 1 as "a,b", 2 as " x", 3 as "q""q", 4 as "#h", 5 as "a\nb"',
    ]) {
      expect(await bothWays(sql, ',')).toMatchObject({ ours: (await bothWays(sql, ',')).engine, alike: true });
    }
  });

  it('is not asked for where it would be another', async () => {
    for (const sql of [
      'select 1 as x, 2 as "X"',
      'select .5::decimal(2,2) as x',
      'select [.5::decimal(2,2)] as x',
      "select row(1, 'x') as x",
      'select 42::variant as x',
      'select [union_value(num := 2)] as x',
    ]) {
      const { names, types } = await memory.result(sql);
      expect([sql, engineWritesAlike({ names, types }, true)]).toEqual([sql, false]);
    }
    const instant = await memory.result('select [now()] as x');
    expect(engineWritesAlike(instant, false)).toBe(false);
    expect(engineWritesAlike(instant, true)).toBe(true);
  });
});
