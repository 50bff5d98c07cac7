/** What a killed shell leaves, and who is offered it. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killedShell, lastShell, openAutosave, type SavedShell } from '../../src/shell/autosave.ts';

let state: string;
let environment: Record<string, string>;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'duckline-state-'));
  environment = { XDG_STATE_HOME: state, HOME: state };
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

const folder = () => join(state, 'duckline');
const shellOf = (...texts: string[]): SavedShell => ({
  file: '/x/market.duckdb',
  title: null,
  params: [{ name: 'code', kind: 'text', text: 'sh.600519' }],
  cells: texts.map(text => ({ text, title: null, name: null, attributes: [] })),
});

it('writes the newest state whole, for the user alone, and nothing after an orderly end', async () => {
  const autosave = openAutosave(environment);
  await Promise.all([autosave.save(shellOf('select 1;')), autosave.save(shellOf('select 1;', "select '茅台';"))]);
  const [name] = readdirSync(folder());
  expect(readdirSync(folder())).toHaveLength(1);
  expect(statSync(join(folder(), name ?? '')).mode & 0o777).toBe(0o600);
  expect(killedShell(environment)).toBeNull();
  await autosave.discard();
  expect(readdirSync(folder())).toEqual([]);
});

it('offers once what a dead process left, and brings it back later', async () => {
  const autosave = openAutosave(environment);
  await autosave.save(shellOf('select 1;', "select '茅台';"));
  const host = hostname().replace(/[^\w.]/g, '_');
  renameSync(join(folder(), `cells-${host}-${process.pid}.json`), join(folder(), `cells-${host}-999999999.json`));
  expect(killedShell(environment)).toMatchObject(shellOf('select 1;', "select '茅台';"));
  expect(killedShell(environment)).toBeNull();
  expect(lastShell(environment)).toMatchObject(shellOf('select 1;', "select '茅台';"));
});

it('takes no harm from a file that is none', () => {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), `cells-${hostname().replace(/[^\w.]/g, '_')}-999999999.json`), '{"half');
  expect(killedShell(environment)).toBeNull();
  expect(readdirSync(folder())).toEqual([]);
});

it('ends no start that cannot take what was left', async () => {
  const autosave = openAutosave(environment);
  await autosave.save(shellOf('select 1;'));
  const [name = ''] = readdirSync(folder());
  renameSync(join(folder(), name), join(folder(), name.replace(/\d+\.json$/, '999999999.json')));
  mkdirSync(join(folder(), 'cells-last.json', 'in the way'), { recursive: true });
  expect(killedShell(environment)).toBeNull();
  await autosave.discard();
});

it('offers what several shells left at once one after the other, the newest first', async () => {
  const autosave = openAutosave(environment);
  const left = ['999999997', '999999999', '999999998'];
  for (const [second, pid] of left.entries()) {
    await autosave.save(shellOf(`select ${second};`));
    const to = join(folder(), `cells-${hostname().replace(/[^\w.]/g, '_')}-${pid}.json`);
    renameSync(join(folder(), readdirSync(folder()).find(name => name.includes(`-${process.pid}.`)) ?? ''), to);
    utimesSync(to, 1000 + second, 1000 + second);
  }
  for (const second of [2, 1, 0]) {
    expect(killedShell(environment)?.cells[0]?.text).toBe(`select ${second};`);
    expect(lastShell(environment)?.cells[0]?.text).toBe(`select ${second};`);
  }
  expect(killedShell(environment)).toBeNull();
});
