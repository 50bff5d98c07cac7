import { describe, expect, it } from 'vitest';
import { Calendar } from '../../src/market/calendar.ts';
import {
  addDays,
  addMonths,
  fromDays,
  type IsoDate,
  isDate,
  isoDate,
  parseDays,
  toDays,
  weekday,
  weekdayName,
} from '../../src/market/date.ts';
import { type Edge, readDate } from '../../src/market/date-argument.ts';
import { Problem } from '../../src/market/problem.ts';

const today = '2024-03-31' as IsoDate;
const date = (text: string): IsoDate => text as IsoDate;

describe('a date', () => {
  it('counts days since 1970 both ways, leap years included', () => {
    expect(toDays(date('1970-01-01'))).toBe(0);
    expect(toDays(date('2000-02-29'))).toBe(11_016);
    for (let days = toDays(date('1890-01-01')); days < toDays(date('2110-01-01')); days += 13) {
      expect(toDays(fromDays(days))).toBe(days);
      expect(days * 86_400_000).toBe(Date.parse(fromDays(days)));
    }
    expect(addDays(date('2023-12-31'), 1)).toBe('2024-01-01');
    expect(toDays(date('9999-12-31'))).toBe(Date.parse('9999-12-31') / 86_400_000);
  });

  it('is strict in its stored form', () => {
    expect(isoDate('2024-02-29')).toBe('2024-02-29');
    for (const text of [
      '2023-02-29',
      '2024-2-9',
      '20240209',
      '2024-13-01',
      '2024-00-10',
      '2024-01-00',
      '',
      '2024-01-0a',
    ]) {
      expect(isDate(text)).toBe(false);
      expect(parseDays(text)).toBeNull();
      expect(() => isoDate(text)).toThrow(Problem);
    }
  });

  it('knows its weekday', () => {
    expect(weekday(date('2026-09-25'))).toBe(5);
    expect(weekdayName(date('2026-11-20'))).toBe('Fri');
    expect(weekdayName(date('1969-12-28'))).toBe('Sun');
  });

  it('keeps to the last day of a shorter month', () => {
    expect(addMonths(date('2024-03-31'), -1)).toBe('2024-02-29');
    expect(addMonths(date('2024-02-29'), -12)).toBe('2023-02-28');
    expect(addMonths(date('2024-01-15'), -1)).toBe('2023-12-15');
    expect(addMonths(date('2023-11-30'), 3)).toBe('2024-02-29');
  });
});

describe('a date argument', () => {
  const calendar = new Calendar(
    ['2024-03-25', '2024-03-26', '2024-03-27', '2024-03-28', '2024-03-29'].map(day => ({
      date: date(day),
      isOpen: true,
    })),
  );
  const read = (text: string, edge: Edge = 'start'): string => readDate(text, { today, edge, sessions: calendar });

  it.each([
    ['2024-01-02', '2024-01-02', '2024-01-02'],
    ['20240102', '2024-01-02', '2024-01-02'],
    ['2024/1/2', '2024-01-02', '2024-01-02'],
    ['２０２４０１０２', '2024-01-02', '2024-01-02'],
    ['２０２４－０１－０２', '2024-01-02', '2024-01-02'],
    [' 2024 ', '2024-01-01', '2024-12-31'],
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['today', '2024-03-31', '2024-03-31'],
    ['TODAY', '2024-03-31', '2024-03-31'],
    ['ytd', '2024-01-01', '2024-03-31'],
    ['-30d', '2024-03-01', '2024-03-01'],
    ['-0d', '2024-03-31', '2024-03-31'],
    ['-2w', '2024-03-17', '2024-03-17'],
    ['-6m', '2023-09-30', '2023-09-30'],
    ['-1y', '2023-03-31', '2023-03-31'],
    ['－1y', '2023-03-31', '2023-03-31'],
    ['-0s', '2024-03-29', '2024-03-29'],
    ['-4s', '2024-03-25', '2024-03-25'],
  ])('%j starts on %s and ends on %s', (text, start, end) => {
    expect(read(text, 'start')).toBe(start);
    expect(read(text, 'end')).toBe(end);
  });

  it.each([
    ['2024-02-30', '2024-02-30 is no date: February 2024 has 29 days'],
    ['20230229', '20230229 is no date: February 2023 has 28 days'],
    ['2024-13-01', '2024-13-01 is no date: months go from 1 to 12'],
    ['2024-00', '2024-00 is no date: months go from 1 to 12'],
    ['2024-01-00', '2024-01-00 is no date: January 2024 has 31 days'],
    ['1212', '1212 is outside the years 1900 to 2199'],
    ['-999y', '-999y lies before 1900'],
    ['-99999m', '-99999m lies before 1900'],
    ['-99999d', '-99999d lies before 1900'],
    ['-5s', '-5s reaches back beyond the first day of the trading calendar'],
    ['', 'a date is missing: the text is empty'],
    ['202401', '“202401” is no date'],
    ['30d', '“30d” is no date'],
    ['tomorrow', '“tomorrow” is no date'],
    ['2024-01-02x', '“2024-01-02x” is no date'],
  ])('refuses %j', (text, sentence) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ kind: 'usage', message: sentence }));
  });

  it('needs a calendar to count sessions', () => {
    expect(() => readDate('-3s', { today, edge: 'start' })).toThrow('no trading calendar is stored');
  });
});
