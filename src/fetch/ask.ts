/**
 * A few datasets asked for without a run: nothing of them is stored, only the messages are counted. For plans that are
 * looked at and not run.
 */
import type { Clock } from '../config/clock.ts';
import { endpointText } from '../config/endpoint.ts';
import { Problem } from '../market/problem.ts';
import type { Answer, DatasetTask, SourceOptions } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import { addRequests, requestKey } from '../store/requests.ts';
import { Crew } from './crew.ts';
import { type CrewSettings, crewSettings } from './crew-settings.ts';
import { Limits } from './limits.ts';
import { Policy } from './policy.ts';
import { bannedProblem, budgetOf } from './provider.ts';

export interface AskRequest {
  readonly database: Database;
  readonly clock: Clock;
  readonly source: SourceOptions;
  readonly tasks: readonly DatasetTask[];
  readonly settings?: Partial<CrewSettings>;
  readonly budget?: number | null;
}

/** The answers by task id. @throws Problem when one does not come, `refused` while a ban lasts. */
export async function askOnce(request: AskRequest): Promise<ReadonlyMap<number, Answer>> {
  const { database, clock, source, tasks, settings } = request;
  const answers = new Map<number, Answer>();
  if (tasks.length === 0) return answers;
  const endpoint = endpointText(source.endpoint);
  const limits = new Limits(database, source.endpoint, clock);
  const known = await limits.known();
  if (known.ban && known.ban.until > clock.now()) throw bannedProblem(known.ban, clock.now());
  const holder = limits.hold(1, Math.max(1, limits.accepted));
  if (holder) {
    throw new Problem('refused', `process ${holder.pid} is talking to the provider, which takes one at a time`, {
      next: 'the same command when it has ended',
    });
  }
  const policy = new Policy({
    clock,
    endpoint,
    known,
    budget: request.budget === undefined ? budgetOf(source) : request.budget,
    perSecond: null,
    memory: limits,
  });
  let failed: string | null = null;
  const crew = await Crew.open({
    workers: 1,
    source,
    clock,
    policy,
    random: Math.random,
    settings: { ...crewSettings, ...settings },
    learnedSessions: null,
    listener: {
      worker: () => {},
      notice: () => {},
      firstRequest: () => {},
      ended: ({ task }, result) => {
        if ('ok' in result) answers.set(task.id, result);
        else failed ??= result.message;
      },
    },
  });
  try {
    const stop = await crew.perform(tasks);
    failed ??= stop?.sentence ?? null;
  } finally {
    await crew.close();
    policy.save();
    await limits.settled();
    limits.letGo();
    const counts = new Map([...policy.takeCounts()].map(([method, count]) => [requestKey(limits.key, method), count]));
    if (!database.readOnly) await addRequests(database, counts);
  }
  if (failed !== null) {
    throw new Problem('failed', `${endpoint} did not give what a plan stands on: ${failed}`, {
      next: 'try again later',
    });
  }
  return answers;
}
