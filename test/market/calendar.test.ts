import { describe, expect, it } from 'vitest';
import { clockFrom } from '../../src/config/clock.ts';
import { Calendar, published } from '../../src/market/calendar.ts';
import type { IsoDate } from '../../src/market/date.ts';

const date = (text: string): IsoDate => text as IsoDate;

/** 2026-09-21 … 27: Friday the 25th is closed, so is the weekend. */
const week = new Calendar(
  [21, 22, 23, 24, 25, 26, 27].reverse().map(day => ({ date: date(`2026-09-${day}`), isOpen: day <= 24 })),
);

function at(text: string) {
  return clockFrom(() => Date.parse(`${text}+08:00`));
}

describe('the calendar', () => {
  it('knows its days and nothing beyond', () => {
    expect([week.first, week.last, week.size]).toEqual(['2026-09-21', '2026-09-27', 4]);
    expect(week.knows(date('2026-09-27'))).toBe(true);
    expect(week.knows(date('2026-09-28'))).toBe(false);
    expect(week.isOpen(date('2026-09-24'))).toBe(true);
    expect(week.isOpen(date('2026-09-25'))).toBe(false);
    expect(week.isOpen(date('2026-09-28'))).toBe(false);
  });

  it('counts and lists sessions of an inclusive range', () => {
    expect(week.sessionsBetween(date('2026-09-22'), date('2026-09-26'))).toEqual([
      '2026-09-22',
      '2026-09-23',
      '2026-09-24',
    ]);
    expect(week.countBetween(date('2026-09-22'), date('2026-09-26'))).toBe(3);
    expect(week.countBetween(date('2026-09-26'), date('2026-09-22'))).toBe(0);
    expect(week.sessionsBetween(date('2026-09-26'), date('2026-09-22'))).toEqual([]);
  });

  it('steps from session to session and stops at its ends', () => {
    expect(week.sessionBefore(date('2026-09-22'))).toBe('2026-09-21');
    expect(week.sessionBefore(date('2026-09-21'))).toBeNull();
    expect(week.sessionAfter(date('2026-09-21'))).toBe('2026-09-22');
    expect(week.sessionAfter(date('2026-09-24'))).toBeNull();
    expect(week.sessionOnOrBefore(date('2026-09-26'))).toBe('2026-09-24');
    expect(week.sessionOnOrAfter(date('2026-09-20'))).toBe('2026-09-21');
    expect(week.sessionBack(date('2026-09-27'), 3)).toBe('2026-09-21');
    expect(week.sessionBack(date('2026-09-27'), 4)).toBeNull();
  });

  it('is empty without rows', () => {
    const none = new Calendar([]);
    expect([none.first, none.last, none.size]).toEqual([null, null, 0]);
    expect(none.knows(date('2026-09-21'))).toBe(false);
    expect(published(none, 'd', at('2026-09-24T20:00:00'))).toBeNull();
  });
});

describe('the last published session', () => {
  it.each([
    ['2026-09-24T17:29:59', 'd', '2026-09-23'],
    ['2026-09-24T17:30:00', 'd', '2026-09-24'],
    ['2026-09-24T19:59:00', '5', '2026-09-23'],
    ['2026-09-24T20:00:00', '5', '2026-09-24'],
    ['2026-09-25T09:00:00', 'd', '2026-09-24'],
    ['2026-09-26T23:59:00', 'd', '2026-09-24'],
    ['2026-09-21T08:00:00', 'd', null],
    ['2026-12-01T20:00:00', 'd', '2026-09-24'],
  ] as const)('at %s for period %s is %s', (now, period, session) => {
    expect(published(week, period, at(now))).toBe(session);
  });
});
