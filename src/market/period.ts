/** The lengths of a bar. Weekly and monthly are derived from daily and never fetched. */
export const fetchedPeriods = ['d', '5', '15', '30', '60'] as const;
export type Period = (typeof fetchedPeriods)[number];

/** The table that holds the bars of a period. */
export function tableOf(period: Period): string {
  return period === 'd' ? 'daily' : `min${period}`;
}
