import { describe, expect, it } from 'vitest';
import { clockFrom, readInstant, systemClock } from '../../src/config/clock.ts';

describe('the clock', () => {
  it('tells day and minute of Shanghai whatever the zone of the host', () => {
    const at = (text: string) => clockFrom(() => Date.parse(text));
    expect(at('2026-11-20T15:59:59Z').today()).toBe('2026-11-20');
    expect(at('2026-11-20T16:00:00Z').today()).toBe('2026-11-21');
    expect(at('2026-11-20T09:30:00Z').minuteOfDay()).toBe(1050);
    expect(at('2026-11-20T16:00:00Z').minuteOfDay()).toBe(0);
  });

  it('starts at DUCKLINE_NOW and runs on', async () => {
    const clock = systemClock({ DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' });
    const start = clock.now();
    expect(start).toBeGreaterThanOrEqual(Date.parse('2026-11-20T12:00:00Z'));
    expect(clock.today()).toBe('2026-11-20');
    await expect.poll(() => clock.now(), { interval: 1 }).toBeGreaterThan(start);
  });

  it('is the host clock otherwise', () => {
    const before = Date.now();
    const now = systemClock({}).now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(systemClock({ DUCKLINE_NOW: '' }).now()).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ['2026-11-20T20:00:00+08:00', '2026-11-20T12:00:00Z'],
    ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00Z'],
    ['2026-11-20 20:00', '2026-11-20T12:00:00Z'],
    ['2026-11-20T20:00:00.5', '2026-11-20T12:00:00.500Z'],
    ['2026-11-20', '2026-11-19T16:00:00Z'],
    ['2026-11-20T07:00-05:00', '2026-11-20T12:00:00Z'],
    ['2026-11-20T20:00+0800', '2026-11-20T12:00:00Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(readInstant(text, '--now')).toBe(Date.parse(instant));
  });

  it.each([
    'now',
    '20:00',
    '2026-02-30',
    '2026-13-01',
    '2026-11-20T25:00',
    '2026-11-20T20:61',
    '1700000000',
    '2026-11-20T20',
  ])('refuses %s', text => {
    expect(() => systemClock({ DUCKLINE_NOW: text })).toThrow(`DUCKLINE_NOW is “${text}”, which is no instant`);
  });
});
