/** What a source has bars of at all: asking for anything else would cost a request and bring a success without rows. */
import type { Code, SecurityKind } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import { Problem } from '../market/problem.ts';
import type { SourceName } from '../source/source.ts';

/** From Baostock's documentation of 2026. */
const minutesSince = '2020-01-03' as IsoDate;
const etfSince = '2026-01-05' as IsoDate;
const indexSince = '2006-01-01' as IsoDate;
const beginning = '1990-12-19' as IsoDate;

/** The first day that the source offers, or `null` where it offers nothing of the kind. */
export function offeredSince(source: SourceName, code: Code, kind: SecurityKind, period: Period): IsoDate | null {
  if (source !== 'baostock') return beginning;
  if (code.startsWith('bj.')) return null;
  if (kind === 'etf') return etfSince;
  if (kind === 'index') return period === 'd' ? indexSince : null;
  return period === 'd' ? beginning : minutesSince;
}

/** A code that the source never has, as a problem; `null` where it may have it. */
export function notServed(source: SourceName, code: Code): Problem | null {
  if (source !== 'baostock' || !code.startsWith('bj.')) return null;
  return new Problem('usage', `${code} is of the Beijing exchange, and baostock has no data of it`, {
    next: 'tushare has it: --source tushare',
  });
}

/** True where the source knows adjustment factors of a security. */
export function hasFactors(kind: SecurityKind): boolean {
  return kind === 'stock' || kind === 'etf' || kind === 'unknown';
}
