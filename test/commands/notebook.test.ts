/** Notebook files, results by their names, reports and cards through the built program, without a prompt. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, type RunningGateway } from '../slice/program.ts';

let home: Home;
let gateway: RunningGateway;

const notes = `-- ---
-- params:
--   code: sh.600519
-- ---

-- %% [markdown]
-- prose with a ' in it

-- %% [duckline]
-- fetch $code --from 2026-11-01

-- %%
select code, count(*) as n from daily where code = $code group by code

-- %%
select n > 0 as stored from _;
`;

beforeAll(async () => {
  home = new Home({ DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' });
  gateway = await home.gateway('--demo');
  writeFileSync(home.path('notes.sql'), notes);
});

afterAll(async () => {
  await gateway.stop();
  home.close();
});

function duckline(...args: string[]) {
  return home.run(['--endpoint', gateway.endpoint, '--format', 'csv', ...args]);
}

describe('a notebook file', () => {
  it('is run by -f and by run, with commands, parameters and results', async () => {
    const file = await duckline('-f', 'notes.sql');
    expect([file.code, file.out.split('\n').slice(-5)]).toEqual([0, ['code,n', 'sh.600519,15', 'stored', 'true', '']]);
    const set = await duckline('-f', 'notes.sql', '--set', 'code=sz.000001');
    expect([set.code, set.out]).toEqual([0, expect.stringContaining('sz.000001,15')]);
    const run = await duckline('run', 'notes.sql', '--set', 'code=sz.300750');
    expect([run.code, run.out]).toEqual([0, expect.stringContaining('sz.300750,15\nstored\ntrue')]);
  });

  it('names its line where it fails', async () => {
    writeFileSync(home.path('bad.sql'), '-- %% one\nselect 1;\n\n-- %% two\nselect nope;\n');
    const { code, err } = await duckline('-f', 'bad.sql');
    expect(code).not.toBe(0);
    expect(err).toContain('bad.sql, statement 2 of 2, line 5');
  });

  it('becomes a report, whose exit code tells of cells that failed', async () => {
    const { code, err, out } = await duckline('report', 'notes.sql', '--to', 'notes.html', '--json');
    expect([code, err]).toEqual([0, expect.any(String)]);
    expect(JSON.parse(out)).toMatchObject({ to: 'notes.html', cells: 4, failed: 0 });
    expect(readFileSync(home.path('notes.html'), 'utf8')).toContain('<td>sh.600519</td><td class="n">15</td>');
    const failed = await duckline('report', 'bad.sql', '--to', 'bad.md');
    expect(failed.code).toBe(3);
  });
});

it('takes a code alone for its card, and --set for every text', async () => {
  const card = await duckline('600519', '--json');
  expect(JSON.parse(card.out)).toMatchObject({ code: 'sh.600519', name: '贵州茅台', stored: { rows: 15 }, version: 1 });
  const set = await duckline('--set', 'n=41', '-c', 'select $n + 1 as n; from _;');
  expect(set.out).toBe('n\n42\nn\n42\n');
  const unknown = await duckline('-c', 'select $nope;');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('$nope has no value')]);
});
