/** After `kill -9` in the middle of a commit, data and bookkeeping say the same, and the next start ends with the same tables. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { all, Files } from './fixture.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
let files: Files;
let folder: string;
let program: string;

beforeAll(async () => {
  files = new Files();
  // Inside the checkout, so that the bundle's imports of packages resolve.
  folder = mkdtempSync(join(root, 'node_modules/.crash-'));
  program = join(folder, 'child.mjs');
  await build({
    entryPoints: [join(root, 'test/store/fixtures/crash-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(async () => {
  await files.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the program, which kills itself before a statement of a commit; resolves to what it said. */
function run(path: string, commit = 0, statement: number | 'last' = 0): Promise<string> {
  const child = spawn(process.execPath, [program, path, String(commit), String(statement)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '20' },
  });
  let said = '';
  child.stdout.on('data', text => {
    said += text;
  });
  return new Promise(resolve => child.once('close', (_, signal) => resolve(signal ?? said.trim())));
}

/** Everything that the bookkeeping says, held against the tables; each list names what does not fit. */
async function contradictions(database: OpenedDatabase): Promise<Record<string, unknown[][]>> {
  const checks = {
    'bars that are there twice': 'select code, date from daily group by all having count(*) > 1',
    'ranges that are not whole': `select c.code from meta.coverage c left join daily d on d.code = c.code and d.date between c.from_date and c.to_date
      group by c.code, c.from_date, c."rows" having count(d.date) <> c."rows"`,
    'bars without coverage': `select distinct d.code from daily d where not exists
      (from meta.coverage c where c.code = d.code and d.date between c.from_date and c.to_date)`,
    'runs whose counts do not add up': 'select run from meta.runs where planned <> ok + empty + failed + "left"',
    'runs whose counts are not their tasks': `select r.run from meta.runs r left join
      (select run, count(distinct task) as ended from meta.attempts where dataset = 'daily' group by run) a using (run)
      where r.ok + r.empty + r.failed <> coalesce(a.ended, 0)`,
    'rows that the runs did not count':
      'select 1 where (select coalesce(sum("rows"), 0) from meta.runs) <> (select count(*) from daily)',
    'messages that were not counted':
      'select 1 where (select coalesce(sum(requests), 0) from meta.runs) <> (select coalesce(sum(count), 0) from meta.requests)',
    'failures of what is stored': 'select f.code from meta.failures f join meta.coverage c using (code)',
    'tasks that are nowhere': `select distinct a.code from meta.attempts a where a.dataset = 'daily'
      and a.code not in (select code from meta.coverage) and a.code not in (select code from meta.failures)`,
    'findings that are not kept': `select c.code from meta.coverage c where c."rows" < (select max("rows") from meta.coverage)
      and c.code not in (select code from meta.quarantine)`,
    'codes with other spans than factors': `select code from (select code, count(*) as n from meta.factor_spans group by code) s
      full join (select code, count(*) + 1 as n from adj_factors group by code) f using (code) where s.n is distinct from f.n`,
    'bars without adjusted prices': 'select code, date from daily_qfq where close is null',
    'runs without an end': 'select run from meta.runs where "end" is null',
  };
  const found: Record<string, unknown[][]> = {};
  for (const [name, sql] of Object.entries(checks)) {
    const rows = await all(database, sql);
    if (rows.length > 0) found[name] = rows;
  }
  return found;
}

async function hashes(database: OpenedDatabase): Promise<string[]> {
  return Promise.all(
    ['daily', 'adj_factors', 'meta.factor_spans', 'calendar'].map(table => tableHash(database, table)),
  );
}

describe('a program killed while it stores', () => {
  it('leaves a file that says the truth, and its successors end where an undisturbed one does', async () => {
    const [calm, killed] = [files.path(), files.path()];
    expect(await run(calm)).toBe('done');
    expect(await run(calm)).toBe('done');
    for (const statement of [6, 14, 20, 26, 32, 'last'] as const) {
      expect(await run(killed, 3, statement)).toBe('SIGKILL');
      const database = await files.open({ path: killed });
      expect(await contradictions(database)).toEqual({});
      await database.close();
    }
    expect(await run(killed)).toBe('done');
    expect(await run(killed)).toBe('done');
    const [after, undisturbed] = [await files.open({ path: killed }), await files.open({ path: calm })];
    expect(await contradictions(after)).toEqual({});
    expect(await hashes(after)).toEqual(await hashes(undisturbed));
    const ends = await all(after, `select "end", count(*) from meta.runs group by 1 order by 1`);
    expect(ends.map(([end]) => end)).toEqual(['abandoned', 'ok']);
  });
});
