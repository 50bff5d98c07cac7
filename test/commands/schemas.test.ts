/** What every command prints with `--json` is what its published schema says; each schema is used, each command has one or a reason. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from '../../commands/all.ts';
import { Home, root } from '../slice/program.ts';
import { misfits, type Schema } from './schema.ts';

const folder = join(root, 'docs/schemas');
const schemaOf = (name: string): Schema => JSON.parse(readFileSync(join(folder, `${name}.v1.json`), 'utf8'));

/** Commands without an object of their own. */
const without: Readonly<Record<string, string>> = {
  run: 'prints what its cells show',
  rerun: 'prints what its cells show',
  view: 'prints what its cell shows',
  wait: 'says what it did',
  release: 'says what it did',
  name: 'says what it did',
  cancel: 'says what it did',
  edit: 'opens an editor at a prompt',
  quit: 'leaves',
  gateway: 'serves',
};

/** In one run of the program on the demo market, each printing one object. */
const lines: readonly (readonly [schema: string, line: string])[] = [
  ['fetch', 'fetch 600519 000001 --from -1y'],
  ['fetch', 'fetch --dataset profit 600519 --year 2024 --quarter 1'],
  ['sync', 'sync --plan'],
  ['sync', 'sync 600519'],
  ['failures', 'failures'],
  ['retry', 'retry --all'],
  ['pool', 'pool'],
  ['runs', 'runs'],
  ['runs', 'runs 1'],
  ['gaps', 'gaps'],
  // Nothing is stored of the second.
  ['last', 'last 600519 300001'],
  ['card', 'card 300001'],
  ['instruments', 'instruments 平安'],
  ['instruments', 'instruments 6'],
  ['card', 'card 600519'],
  ['card', '000001'],
  ['tables', 'tables'],
  ['tables', 'tables daily'],
  ['chart', 'chart 600519 --from -20s'],
  ['universe', 'universe save mine 600519 000001'],
  ['universe', 'universe'],
  ['universe', 'universe mine'],
  ['universe', 'universe remove mine --yes'],
  ['check', 'check'],
  ['verify', 'verify 600519'],
  ['import', 'import bars.csv --plan'],
  ['forget', 'forget 000001 --yes'],
  ['compact', 'compact'],
  ['jobs', 'jobs'],
  ['open', 'open notes.sql'],
  ['cells', 'cells'],
  ['let', 'let'],
  ['save', 'save again.sql all'],
  ['report', 'report notes.sql --to notes.md'],
  ['export', 'export daily daily.csv'],
  ['export', 'export daily days --partition-by year'],
  ['mode', 'mode'],
  ['alias', 'alias up "runs"'],
  ['config', 'config'],
  ['config', 'config path'],
  ['help', 'help'],
  ['help', 'help fetch'],
];

let home: Home;
beforeAll(() => {
  home = new Home();
});
afterAll(() => home.close());

it('has a schema for every command, or a reason why not', () => {
  const names = readdirSync(folder).flatMap(file => /^(.+)\.v1\.json$/.exec(file)?.[1] ?? []);
  for (const { name } of commands) expect([name, names.includes(name) !== name in without]).toEqual([name, true]);
  const validated = new Set([...lines.map(([name]) => name), 'error', 'completion']);
  expect(names.filter(name => !validated.has(name))).toEqual([]);
});

it('says of every field what it is, and of every list what is in it', () => {
  const vague = (schema: Schema, path: string): string[] => {
    const { type, items, properties = {}, additionalProperties, anyOf = [] } = schema;
    const lists = [type].flat().includes('array');
    return [
      ...(type === undefined && !('const' in schema) && !schema.enum && anyOf.length === 0 ? [path] : []),
      ...(lists && !items ? [`${path}[]`] : []),
      ...(items ? vague(items, `${path}[]`) : []),
      ...(additionalProperties ? vague(additionalProperties, `${path}.*`) : []),
      ...Object.entries(properties).flatMap(([name, member]) => vague(member, `${path}.${name}`)),
      ...anyOf.flatMap((one, index) => vague(one, `${path}|${index}`)),
    ];
  };
  const names = readdirSync(folder).flatMap(file => /^(.+)\.v1\.json$/.exec(file)?.[1] ?? []);
  expect(names.flatMap(name => vague(schemaOf(name), name))).toEqual([]);
});

it('prints what the schemas say', async () => {
  writeFileSync(
    home.path('notes.sql'),
    '-- ---\n-- params:\n--   code: sh.600519\n-- ---\n-- %% one\nselect 1 as x;\n',
  );
  writeFileSync(
    home.path('bars.csv'),
    'code,date,open,high,low,close,volume,amount\nsh.600519,2026-11-20,1,2,1,2,3,4\n',
  );
  const { out, err, code } = await home.run(['--demo', '--json', ...lines.flatMap(([, line]) => ['-c', line])]);
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  const printed = out.trim().split('\n');
  expect(printed).toHaveLength(lines.length);
  for (const [index, [name, line]] of lines.entries()) {
    expect([line, misfits(JSON.parse(printed[index] ?? ''), schemaOf(name))]).toEqual([line, []]);
  }
}, 120_000);

it.each([['-c', 'from nowhere'], ['last'], ['--workers', '99', 'pool'], ['export', 'daily', 'x.xlsx']])(
  'prints an error as its schema says: %s %s',
  async (...words) => {
    const { out, err, code } = await home.run(['--db', ':memory:', '--json', ...words]);
    expect(code).not.toBe(0);
    expect(out).toBe('');
    expect(misfits(JSON.parse(err), schemaOf('error'))).toEqual([]);
  },
);

it('prints the script of completion in an object', async () => {
  const { out } = await home.run(['completion', 'fish', '--json']);
  expect(misfits(JSON.parse(out), schemaOf('completion'))).toEqual([]);
});
