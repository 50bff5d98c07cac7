/** The built program killed at a few random moments; `scripts/kill-moments.mjs` does so at many. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chance } from '../chance.ts';
import { KillMoments } from './kill-moments.ts';

let experiment: KillMoments;

beforeAll(async () => {
  experiment = await KillMoments.open(12, 10);
});
afterAll(() => experiment?.close());

it('leaves nobody behind, and a file that says the truth and ends like an undisturbed one', async () => {
  const random = chance(20_261_120);
  const { bars, ms } = await experiment.undisturbed();
  expect(bars).toBeGreaterThan(5_000);
  let struck = 0;
  for (let tries = 0; struck < 3 && tries < 9; tries++) {
    // Not while it starts: by the middle of its time its workers are at work.
    const killed = await experiment.strike(ms * (0.45 + 0.5 * random()));
    if (!killed) continue;
    struck += 1;
    expect(killed.processes).toBeGreaterThan(0);
  }
  expect(struck).toBe(3);
});
