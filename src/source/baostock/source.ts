/**
 * The provider Baostock as a source of ours: opens a login session and runs tasks on it, bars of a code or a dataset. What
 * the provider does not have at all (codes of the Beijing exchange) is refused before anything is sent.
 */
import { systemClock } from '../../config/clock.ts';
import type { Failure } from '../outcome.ts';
import {
  type Answer,
  comparedDataset,
  type LoginSession,
  type OpenSession,
  type Part,
  type Refusal,
  type Task,
  type TaskProgress,
} from '../source.ts';
import { runAdjusted } from './adjusted-task.ts';
import { askingOf } from './asking.ts';
import { runBars } from './bars-task.ts';
import { Client } from './client.ts';
import { runDataset } from './dataset-task.ts';
import { datasetNamed } from './datasets.ts';
import { refusedBefore } from './errors.ts';

export const openSession: OpenSession = async (options, permit, signal) => {
  const client = new Client(options, permit);
  const failure = await client.login(signal);
  return failure ? { failure } : new Session(client);
};

/** A refused permit is thrown through `run`: it is no doing of the provider, and the session stays whole. */
class Session implements LoginSession {
  private readonly client: Client;
  private readonly clock = systemClock(process.env);

  constructor(client: Client) {
    this.client = client;
  }

  get alive(): boolean {
    return this.client.alive;
  }

  async run(task: Task, onProgress: (progress: TaskProgress) => void, signal: AbortSignal): Promise<Answer | Refusal> {
    const { requests, bytes } = this.client;
    const result = await this.partsOf(task, onProgress, signal);
    const counts = { requests: this.client.requests - requests, bytes: this.client.bytes - bytes };
    if (Array.isArray(result)) return { ok: true, parts: result as readonly Part[], ...counts };
    return { ok: false, failure: result as Failure, ...counts };
  }

  async close(): Promise<void> {
    await this.client.close(stampOf(this.clock.now()));
  }

  private async partsOf(
    task: Task,
    onProgress: (progress: TaskProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly Part[] | Failure> {
    const code = task.kind === 'bars' ? task.code : task.params.code;
    if (code?.startsWith('bj.')) {
      return refusedBefore('10004011', `Baostock has no codes of the Beijing exchange, such as ${code}; Tushare has.`);
    }
    const asking = askingOf(this.client, () => this.clock.today(), onProgress, signal);
    if (task.kind === 'bars') return runBars(task, asking);
    if (task.dataset === comparedDataset) return runAdjusted(task.params, asking);
    const dataset = datasetNamed(task.dataset);
    if (!dataset) return refusedBefore('10004020', `Baostock has no dataset ${task.dataset}.`);
    return runDataset(dataset, task.params, asking);
  }
}

/** `YYYYMMDDhhmmss` in Shanghai. */
function stampOf(now: number): string {
  return new Date(now + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14);
}
