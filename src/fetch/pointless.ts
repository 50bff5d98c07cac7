/** Codes that need no request: outcomes like all others, to be counted and covered. */
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import type { BarsTask } from '../source/source.ts';
import type { EndedTask } from '../store/batch.ts';
import type { Plan } from './request.ts';

const beginning = '1990-12-19' as IsoDate;

/** Their numbers follow those of the plan's tasks. */
export function endedPointless({ tasks, asked, pointless }: Plan, period: Period, today: IsoDate): EndedTask[] {
  const ranges = new Map(asked.map(range => [range.code, range]));
  const last = tasks.reduce((most, task) => Math.max(most, task.id), 0);
  return pointless.map(({ code, reason }, at) => {
    const { from = beginning, to = today } = ranges.get(code) ?? {};
    const task: BarsTask = { kind: 'bars', id: last + at + 1, code, period, from, to, factors: false };
    return { task, outcome: { class: 'ok-empty', reason }, parts: [], attempts: [] };
  });
}
