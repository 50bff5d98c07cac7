/**
 * The one clock. Everything that asks "now" gets it from here: `DUCKLINE_NOW` (an instant from which the clock runs on),
 * else the host. The zone is Asia/Shanghai (UTC+8, no daylight saving) whatever the host's zone is.
 */
import type { IsoDate } from '../market/date.ts';
import { daysInMonth } from '../market/date.ts';
import { quoted } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';

export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Today in Shanghai. */
  today(): IsoDate;
  /** Minutes since midnight in Shanghai: 17:30 is 1050. */
  minuteOfDay(): number;
}

const shanghaiMs = 8 * 3_600_000;

/** A clock over any source of milliseconds since 1970-01-01 UTC. */
export function clockFrom(now: () => number): Clock {
  const shanghai = (): string => new Date(now() + shanghaiMs).toISOString();
  return {
    now,
    today: () => shanghai().slice(0, 10) as IsoDate,
    minuteOfDay: () => {
      const text = shanghai();
      return Number(text.slice(11, 13)) * 60 + Number(text.slice(14, 16));
    },
  };
}

/**
 * The clock of this process: starts at `DUCKLINE_NOW` where that is set and runs on from there.
 *
 * @throws Problem `usage` for a `DUCKLINE_NOW` that is no instant.
 */
export function systemClock(env: Readonly<Record<string, string | undefined>>): Clock {
  const text = env.DUCKLINE_NOW?.trim();
  if (!text) return clockFrom(Date.now);
  const start = readInstant(text, 'DUCKLINE_NOW');
  const origin = performance.now();
  return clockFrom(() => start + Math.floor(performance.now() - origin));
}

const instant = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * An instant as milliseconds since 1970-01-01 UTC. Without a zone it is Shanghai's; a date alone is its midnight.
 *
 * @param name Who gave it, for the sentence: `DUCKLINE_NOW`, `--now`.
 * @throws Problem `usage`.
 */
export function readInstant(text: string, name: string): number {
  const parts = instant.exec(text.trim());
  const [year, month, day, hour, minute, second] = (parts ?? []).slice(1, 7).map(part => Number(part ?? 0)) as number[];
  const exists =
    parts !== null &&
    (month as number) >= 1 &&
    (month as number) <= 12 &&
    (day as number) >= 1 &&
    (day as number) <= daysInMonth(year as number, month as number) &&
    (hour as number) < 24 &&
    (minute as number) < 60 &&
    (second as number) < 60;
  if (!exists) {
    throw new Problem('usage', `${name} is “${quoted(text)}”, which is no instant`, {
      next: 'write it like 2026-11-20T20:00:00+08:00; without a zone it is Shanghai time',
    });
  }
  const wall = Date.UTC(
    year as number,
    (month as number) - 1,
    day,
    hour,
    minute,
    second,
    Number((parts[7] ?? '0').padEnd(3, '0')),
  );
  return wall - offsetMs(parts[8]);
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined) return shanghaiMs;
  if (zone.toUpperCase() === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) as RegExpExecArray;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
