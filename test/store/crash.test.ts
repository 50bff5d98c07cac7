/** After `kill -9` in the middle of a commit, data and bookkeeping say the same, and the next start ends with the same tables. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { tableHash } from '../../src/store/table-hash.ts';
import { contradictions } from './contradictions.ts';
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

/** Where a code has fewer bars than the others, the reason is kept. */
const ofThisProgram = {
  'findings that are not kept': `select c.code from meta.coverage c where c."rows" < (select max("rows") from meta.coverage)
    and c.code not in (select code from meta.quarantine)`,
};

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
    for (const statement of [4, 8, 12, 16, 20, 'last'] as const) {
      expect(await run(killed, 3, statement)).toBe('SIGKILL');
      const database = await files.open({ path: killed });
      expect(await contradictions(database, ofThisProgram)).toEqual({});
      await database.close();
    }
    expect(await run(killed)).toBe('done');
    expect(await run(killed)).toBe('done');
    const [after, undisturbed] = [await files.open({ path: killed }), await files.open({ path: calm })];
    expect(await contradictions(after, ofThisProgram)).toEqual({});
    expect(await hashes(after)).toEqual(await hashes(undisturbed));
    const ends = await all(after, `select "end", count(*) from meta.runs group by 1 order by 1`);
    expect(ends.map(([end]) => end)).toEqual(['abandoned', 'ok']);
  });
});
