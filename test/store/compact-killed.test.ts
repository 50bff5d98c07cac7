/** A program killed while it compacts leaves the old file or the new one, whole, and nothing that the next one trips over. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { commit } from '../../src/store/writer.ts';
import { all, ended, Files, request, series, startRun, weekdays } from './fixture.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let files: Files;
let folder: string;
let program: string;
let original: string;
let before: readonly string[];

const tables = ['daily', 'meta.coverage', 'meta.attempts', 'meta.factor_spans', 'mine'];
const hashes = (database: OpenedDatabase) => Promise.all(tables.map(table => tableHash(database, table)));

beforeAll(async () => {
  files = new Files();
  // Inside the checkout, so that the bundle's imports of packages resolve.
  folder = mkdtempSync(join(root, 'node_modules/.compact-'));
  program = join(folder, 'child.mjs');
  await build({
    entryPoints: [join(root, 'test/store/fixtures/compact-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  original = files.path();
  const database = await files.open({ path: original });
  const run = await startRun(database);
  const days = weekdays('2022-01-03', '2024-12-31');
  await commit(
    database,
    request(
      run,
      ['sz.000651', 'sh.600519'].map(code => ended({ bars: series(code, days) })),
    ),
  );
  await database.pool.execute(
    'create table mine as select range as i, repeat(range::varchar, 20) as t from range(50000)',
  );
  await database.pool.execute('delete from mine where i % 3 = 0');
  before = await hashes(database);
  // Nothing is left in a log: the file alone is copied.
  await database.pool.execute('checkpoint');
  await database.close();
  expect(existsSync(`${original}.wal`)).toBe(false);
});
afterAll(async () => {
  await files.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves to the signal that ended the program, or what it said. */
function run(path: string, moment: string): Promise<string> {
  const child = spawn(process.execPath, [program, path, moment], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '20' },
  });
  let said = '';
  child.stdout.on('data', text => {
    said += text;
  });
  return new Promise(resolve => child.once('close', (_, signal) => resolve(signal ?? said.trim())));
}

describe('a program killed while it compacts', () => {
  it.each([
    ['calendar', 'old'],
    ['daily', 'old'],
    ['mine', 'old'],
    ['runs', 'old'],
    ['before the rename', 'old'],
    ['after the rename', 'new'],
  ])('at %s leaves the %s file, whole', async (moment, which) => {
    const path = files.path();
    copyFileSync(original, path);
    const { ino } = statSync(path);
    expect(await run(path, moment)).toBe('SIGKILL');
    expect(statSync(path).ino === ino).toBe(which === 'old');
    expect(existsSync(`${path}.compacting`)).toBe(which === 'old');
    const database = await files.open({ path });
    expect(await hashes(database)).toEqual(before);
    await database.pool.execute('insert into mine values (-1, null)');
    await database.close();
    expect(await run(path, 'never')).toBe('done');
    expect(readdirSync(dirname(path)).filter(name => name.startsWith(`${basename(path)}.compacting`))).toEqual([]);
    const again = await files.open({ path });
    expect(await hashes(again)).not.toEqual(before);
    expect((await hashes(again)).slice(0, -1)).toEqual(before.slice(0, -1));
    expect(await all(again, 'select count(*) from mine where i = -1')).toEqual([[1]]);
    await again.close();
  });
});
