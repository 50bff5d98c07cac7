/** The built program killed at a few random moments; `scripts/kill-moments.mjs` does so at many. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chance } from '../chance.ts';
import { KillMoments } from './kill-moments.ts';

let experiment: KillMoments;

beforeAll(async () => {
  experiment = await KillMoments.open(10, 20);
});
afterAll(() => experiment?.close());

it('leaves nobody behind, and a file that says the truth and ends like an undisturbed one', async () => {
  const random = chance(20_261_120);
  const { bars, ms } = await experiment.undisturbed();
  expect(bars).toBeGreaterThan(4_000);
  let struck = 0;
  for (let tries = 0; struck < 3 && tries < 12; tries++) {
    // The busier the machine was at first, the earlier the others end by themselves.
    const killed = await experiment.strike((ms * random()) / (1 + tries / 4));
    if (killed) struck += 1;
  }
  expect(struck).toBe(3);
}, 180_000);
