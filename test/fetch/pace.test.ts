/** The pure parts that decide when something is tried: back-off, breaker, gate, order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff } from '../../src/fetch/backoff.ts';
import { Breaker } from '../../src/fetch/breaker.ts';
import { Gate } from '../../src/fetch/gate.ts';
import { estimatedMessages, estimatedRows, longestFirst } from '../../src/fetch/order.ts';
import type { Code } from '../../src/market/code.ts';
import type { IsoDate } from '../../src/market/date.ts';
import type { Period } from '../../src/market/period.ts';
import type { BarsTask } from '../../src/source/source.ts';

function bars(code: string, from: string, to: string, period: Period = 'd', factors = false): BarsTask {
  return { kind: 'bars', id: 1, code: code as Code, period, from: from as IsoDate, to: to as IsoDate, factors };
}

describe('backoff', () => {
  it('lies between the provider’s own time and the doubled, capped ceiling', () => {
    const options = { baseMs: 500, capMs: 30_000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const wait = backoff(failures, random, options, 700);
          expect(wait).toBeGreaterThanOrEqual(700);
          expect(wait).toBeLessThanOrEqual(700 + Math.min(30_000, 500 * 2 ** (failures - 1)));
        },
      ),
    );
    expect([1, 2, 3, 4, 40].map(failures => backoff(failures, 1, options))).toEqual([500, 1_000, 2_000, 4_000, 30_000]);
  });
});

describe('breaker', () => {
  const options = { threshold: 3, freshMs: [1_000, 4_000], freshPatienceMs: 15_000, provenMs: [1_000, 2_000, 3_000] };
  const make = () => new Breaker(options, () => 0.5);

  it('lets everything through while answers come between failures', () => {
    const breaker = make();
    for (let at = 0; at < 20; at++) {
      breaker.failed(at, at);
      breaker.failed(at, at);
      expect(breaker.waitMs(at)).toBe(0);
      breaker.answered();
    }
    expect(breaker.open).toBe(false);
  });

  it('lets one probe through at a time once it is open, and gives up after the last', () => {
    const breaker = make();
    for (const at of [0, 1, 2]) breaker.failed(at, at);
    expect(breaker.waitMs(2)).toBe(1_000);
    breaker.failed(3, 3);
    expect(breaker.waitMs(1_002)).toBe(0);
    breaker.tried();
    expect(breaker.waitMs(1_002)).toBeNull();
    breaker.failed(1_100, 1_002);
    expect(breaker.exhausted(9_000)).toBe(false);
    expect(breaker.waitMs(1_100)).toBe(4_000);
    breaker.tried();
    breaker.failed(5_200, 5_100);
    expect(breaker.exhausted(5_200)).toBe(true);
    expect(breaker.failingSince).toBe(0);
  });

  it('gives up a line that was never reached when patience ends, even while a probe is out', () => {
    const breaker = make();
    breaker.failed(10_000, 0);
    breaker.tried();
    expect(breaker.exhausted(14_999)).toBe(false);
    expect(breaker.exhausted(15_000)).toBe(true);
    breaker.reached();
    expect(breaker.exhausted(15_000)).toBe(false);
  });

  it('closes at an answer and has more patience from then on', () => {
    const breaker = make();
    for (const at of [0, 1, 2]) breaker.failed(at, at);
    breaker.tried();
    breaker.answered();
    expect(breaker.open).toBe(false);
    for (const at of [10, 11, 12]) breaker.failed(at, at);
    for (const at of [2_000, 5_000]) {
      breaker.tried();
      breaker.failed(at, at);
    }
    expect(breaker.exhausted(9_000)).toBe(false);
  });

  it('takes a probe that said nothing for none', () => {
    const breaker = make();
    for (const at of [0, 1, 2]) breaker.failed(at, at);
    breaker.tried();
    breaker.dropped();
    expect(breaker.waitMs(2_000)).toBe(0);
    expect(breaker.exhausted(9_000)).toBe(false);
  });
});

describe('gate', () => {
  it('settles at what the provider allows, and tries one more after ever longer quiet times', () => {
    const gate = new Gate({ workers: 5, quietMs: 30_000, quietCapMs: 600_000 });
    gate.loginRefused(0, 4);
    gate.loginRefused(1, 3);
    gate.loginRefused(2, 2);
    expect(gate.limit).toBe(2);
    let now = 2;
    let refused = 3;
    while (now < 3_600_000) {
      now += 100;
      if (!gate.answered(now)) continue;
      expect(gate.limit).toBe(3);
      refused += 1;
      gate.loginRefused(now, 2);
    }
    expect(gate.limit).toBe(2);
    expect(refused).toBeLessThanOrEqual(10);
  });

  it('goes down by one at a rate error, never below one, and comes back', () => {
    const gate = new Gate({ workers: 3, quietMs: 10, quietCapMs: 100 });
    for (let at = 0; at < 6; at++) gate.throttled(at);
    expect(gate.limit).toBe(1);
    for (let now = 20; gate.limit < 3 && now < 10_000; now += 10) gate.answered(now);
    expect(gate.limit).toBe(3);
  });
});

describe('order', () => {
  it('puts the longest first, by range and period', () => {
    const tasks = [
      bars('sh.600000', '2024-01-01', '2024-12-31'),
      bars('sh.600001', '2000-01-01', '2024-12-31'),
      bars('sh.600002', '2023-01-01', '2024-12-31', '5'),
    ];
    expect(longestFirst(tasks, task => task).map(({ code }) => code)).toEqual(['sh.600002', 'sh.600001', 'sh.600000']);
  });

  it('estimates a year as 243 sessions, and pages with the last, short one', () => {
    expect(estimatedRows(bars('sh.600000', '2023-01-01', '2023-12-31'))).toBe(243);
    expect(estimatedMessages(bars('sh.600000', '2023-01-01', '2023-12-31'))).toBe(1);
    expect(estimatedMessages(bars('sh.600000', '2023-01-01', '2023-12-31', 'd', true), 50)).toBe(6);
  });
});
