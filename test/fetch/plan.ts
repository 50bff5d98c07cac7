/** The demo's evening and a plan of daily bars up to it. */
import { clockFrom, readInstant } from '../../src/config/clock.ts';
import type { Plan } from '../../src/fetch/request.ts';
import { demoNow } from '../../src/gateway/demo/demo-market.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import type { BarsTask } from '../../src/source/source.ts';

const start = readInstant(demoNow(), 'the demo');
const origin = performance.now();
export const clock = clockFrom(() => start + Math.floor(performance.now() - origin));

const from = '2026-01-05' as IsoDate;
const to = '2026-11-20' as IsoDate;

export function planOf(codes: readonly Code[], { factors = false } = {}): Plan {
  const tasks = codes.map((code, at): BarsTask => ({ kind: 'bars', id: at + 1, code, period: 'd', from, to, factors }));
  return { tasks, asked: codes.map(code => ({ code, from, to })), covered: [], pointless: [] };
}
