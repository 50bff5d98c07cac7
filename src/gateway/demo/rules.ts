/**
 * The rules of the exchanges that a made bar must keep: boards by code, price limits by board and date, tick sizes.
 * Prices are integers of 0.0001 yuan everywhere in the demo market. Source of the limits: the trading rules of both
 * exchanges (ChiNext 20 % since 2020-08-24, STAR since 2019-07-22, no limit in the first five sessions of a listing there
 * and on the main boards since 2023-04-10, ST shares of the main boards 10 % since 2026-07-06).
 */
export type Board = 'main' | 'chinext' | 'star';

export const yuan = 10_000;
export const tickOfShare = 100;
export const tickOfFund = 10;

export function boardOf(code: string): Board {
  if (/^sh\.68[89]/.test(code)) return 'star';
  return /^sz\.30[0-2]/.test(code) ? 'chinext' : 'main';
}

/** Per cent that a price may move from the reference; null before there were limits. */
export function limitOf(board: Board, date: string, st: boolean): number | null {
  if (board === 'star') return 20;
  if (board === 'chinext') return date >= '2020-08-24' ? 20 : st ? 5 : 10;
  if (date < '1996-12-16') return null;
  return st && date < '2026-07-06' ? 5 : 10;
}

/** Sessions after a listing without a limit; on the main boards before 2023-04-10 the first is held to +44 and −36 %. */
export function freeSessions(board: Board, listed: string): number {
  if (board === 'star') return 5;
  if (board === 'chinext') return listed >= '2020-08-24' ? 5 : 1;
  return listed >= '2023-04-10' ? 5 : 1;
}

/** Reference ± per cent, rounded half up to the tick. */
export function limitPrice(reference: number, percent: number, tick: number): number {
  return Math.floor((reference * (100 + percent) + 50 * tick) / (100 * tick)) * tick;
}
