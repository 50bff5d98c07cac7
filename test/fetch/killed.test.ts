/** A program killed in the middle of a run: nobody stays behind, and bookkeeping and tables say the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { type Bundle, bundle } from './bundle.ts';
import { clock } from './plan.ts';
import { Rig, stocks } from './rig.ts';

const rig = new Rig();
let program: Bundle;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs the program; kills it as soon as so many tasks were stored and some ms went by. Returns its workers. */
async function run(
  file: string,
  port: number,
  codes: readonly string[],
  killAt: number,
  afterMs: number,
): Promise<number[]> {
  const child = spawn(process.execPath, [program.file, file, String(port), ...codes], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const workers = new Set<number>();
  let stored = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (/^\d+$/.test(line)) workers.add(Number(line));
    if (line !== 'stored') continue;
    stored += 1;
    if (stored === killAt) setTimeout(() => child.kill('SIGKILL'), afterMs);
  }
  await gone;
  return [...workers];
}

describe('a program that is killed', () => {
  beforeAll(async () => {
    await rig.open();
    program = await bundle('run-program');
  });

  afterAll(async () => {
    program.remove();
    await rig.close();
  });

  it('leaves no worker, and never a ledger that says done with rows missing, nor the reverse', async () => {
    const gateway = await rig.gateway({ latencyMs: 10 });
    const codes = stocks(40);
    const file = join(rig.folder, 'killed.duckdb');
    for (const [killAt, afterMs] of [
      [1, 0],
      [3, 7],
      [9, 23],
      [14, 41],
      [20, 3],
      [25, 170],
    ] as const) {
      const workers = await run(file, gateway.port, codes, killAt, afterMs);
      expect(workers.length).toBe(3);
      await expect.poll(() => workers.filter(alive), { timeout: 5_000 }).toEqual([]);
      await expect.poll(() => gateway.stats().openConnections, { timeout: 5_000 }).toBe(0);
      const database = await openDatabase({ path: file, clock });
      const check = async (sql: string) => (await database.pool.query(sql)).rows;
      expect(
        await check(`select c.code, c."rows", count(d.date) from meta.coverage c left join daily d
          on d.code = c.code and d.date between c.from_date and c.to_date group by all having c."rows" <> count(d.date)`),
      ).toEqual([]);
      expect(await check(`select distinct code from daily anti join meta.coverage using (code)`)).toEqual([]);
      expect(await check('select code, date from daily group by all having count(*) > 1')).toEqual([]);
      expect(
        await check(`select run from meta.runs where planned <> ok + empty + failed + "left" or "end" is null`),
      ).toEqual([]);
      await database.close();
    }
    await run(file, gateway.port, codes, Number.POSITIVE_INFINITY, 0);
    const database = await openDatabase({ path: file, clock });
    const { rows } = await database.pool.query('select count(distinct code) from daily');
    expect(Number(rows[0]?.[0])).toBe(40);
    await database.close();
  });
});
