/** Adjusted reading over the full market, against the raw table: by the pool, as the prompt reads. */
import { systemClock } from '../../../src/config/clock.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { median } from '../table.ts';
import { marketFile } from './full-file.ts';
import type { Note } from './note.ts';
import { marketSize } from './place.ts';

const year = `code = 'sh.600519' and date between '2025-11-21' and '2026-11-20'`;
const statements = {
  'raw year': `select * from daily where ${year}`,
  'qfq year': `select * from daily_qfq where ${year}`,
  sum: 'select sum(close) from daily',
  'qfq session': 'select * from daily_qfq where date = session(0)',
  'weekly of one code': `select * from weekly_qfq where code = 'sh.600519'`,
  'weekly, one date': `select * from weekly where date = '2026-11-20'`,
  'monthly, one date': `select * from monthly where date = '2026-11-20'`,
  'limits of one day': `select * from limits where date = '2026-11-20'`,
} as const;

export async function query(note: Note, runs: number): Promise<void> {
  const path = await marketFile(marketSize.codes);
  const database = await openDatabase({ path, clock: systemClock(process.env), readOnly: true });
  const timed = async (name: keyof typeof statements): Promise<number> => {
    const begun = performance.now();
    const { rows } = await database.pool.query(statements[name]);
    if (rows.length === 0) throw new Error(`${name}: no row`);
    return performance.now() - begun;
  };
  const judged = ['raw year', 'qfq year', 'sum', 'qfq session'] as const;
  for (const name of judged) await timed(name);
  for (let at = 0; at < Math.max(3, runs); at++) {
    const times = new Map<string, number>();
    for (const name of judged) {
      const each: number[] = [];
      for (let again = 0; again < 3; again++) each.push(await timed(name));
      times.set(name, median(each));
    }
    const ms = (name: (typeof judged)[number]) => times.get(name) as number;
    note({ name: 'qfq year of one code − 3 × raw', unit: 'ms', atMost: 10 }, ms('qfq year') - 3 * ms('raw year'));
    note({ name: 'daily_qfq of session(0) / sum(close)', atMost: 6 }, ms('qfq session') / ms('sum'));
    for (const name of judged) note({ name, unit: 'ms' }, ms(name));
  }
  for (const name of Object.keys(statements) as (keyof typeof statements)[]) {
    if (!judged.some(one => one === name)) note({ name, unit: 'ms' }, await timed(name));
  }
  await database.close();
}
