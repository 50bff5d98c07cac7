/**
 * From what the crew brings to what is stored: an answer is judged by catalogue and calendar, and only what was judged well
 * brings rows; a bar of a day without a session is a finding; what came for a comparison goes to who asked for it. Promises:
 * each task is handed on once; what cannot be judged is a failure of its own.
 */
import { asProblem } from '../market/problem.ts';
import { rejectClosed } from '../market/quality.ts';
import type { Failure, Outcome } from '../source/outcome.ts';
import { type Answer, comparedDataset, type Part, type Task } from '../source/source.ts';
import type { EndedTask } from '../store/batch.ts';
import { marketTable } from '../store/tables.ts';
import type { Assignment } from './assignment.ts';
import { classify, type Market } from './classify.ts';
import { keptParts } from './day-bars.ts';
import { readClosedDays, readMarket } from './market-table.ts';
import type { Plan, RunRequest } from './request.ts';

export class Judging {
  readonly #request: Pick<RunRequest, 'database' | 'clock' | 'source' | 'take'>;
  readonly #plan: Plan;
  readonly #ended: (ended: EndedTask) => void;
  #market: Promise<Market> | null = null;
  #closed: Promise<ReadonlySet<number>> | null = null;
  /** Answers under judgement. */
  readonly #under = new Set<Promise<void>>();

  /** @param ended takes each task with its outcome and the rows to store */
  constructor(
    request: Pick<RunRequest, 'database' | 'clock' | 'source' | 'take'>,
    plan: Plan,
    ended: (ended: EndedTask) => void,
  ) {
    this.#request = request;
    this.#plan = plan;
    this.#ended = ended;
  }

  judge({ task, attempts }: Assignment, result: Answer | Failure): void {
    if (!('ok' in result)) {
      this.#ended({ task, outcome: result, parts: [], attempts });
      return;
    }
    const { clock, source, take } = this.#request;
    const { expects, keeps } = this.#plan;
    const sound = this.#withoutClosedDays(task, result.parts);
    const judged = sound
      .then(parts => {
        const answer = { ...result, parts };
        return classify(task, answer, () => this.#readMarket(), clock, source.source, expects?.get(task.id));
      })
      .catch((error): Outcome => ({ class: 'storage', message: asProblem(error).message }))
      .then(async outcome => {
        const compared = task.kind === 'dataset' && task.dataset === comparedDataset;
        const stored = !compared && (outcome.class === 'ok' || outcome.class === 'ok-empty');
        if (compared) take?.(task, result.parts);
        const parts = stored ? keptParts(task, await sound, keeps) : [];
        this.#ended({ task, outcome, parts, attempts: judgedAttempts(attempts, outcome) });
      })
      .finally(() => this.#under.delete(judged));
    this.#under.add(judged);
  }

  /** Resolves when nothing is under judgement any more. */
  async drain(): Promise<void> {
    await Promise.all(this.#under);
  }

  /** A bar of a day without a session is no bar, whatever brought it. */
  async #withoutClosedDays(task: Task, parts: readonly Part[]): Promise<readonly Part[]> {
    if (task.kind === 'dataset' && task.dataset !== 'day-bars') return parts;
    this.#closed ??= readClosedDays(this.#request.database);
    const closed = await this.#closed;
    const code = task.kind === 'bars' ? task.code : null;
    return parts.map(part => {
      if (marketTable(part.table).shape !== 'bars') return part;
      const { kept, rejected } = rejectClosed(part.batch, day => closed.has(day), code);
      return rejected.length === 0 ? part : { ...part, batch: kept, rejected: [...part.rejected, ...rejected] };
    });
  }

  #readMarket(): Promise<Market> {
    this.#market ??= readMarket(this.#request.database);
    return this.#market;
  }
}

/** The last try ends as the whole was judged. */
function judgedAttempts(attempts: EndedTask['attempts'], outcome: Outcome): EndedTask['attempts'] {
  const last = attempts.at(-1);
  return last ? [...attempts.slice(0, -1), { ...last, outcome }] : attempts;
}
