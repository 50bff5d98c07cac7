/**
 * Running jobs as rows of the live part, with what the block tells beside the run's own events: the names of the codes that workers are
 * at. They are read behind the screen and never hold it up.
 */
import type { Screen } from '../output/line.ts';
import { type BlockOptions, progressBlock } from '../output/progress-block.ts';
import type { Engine } from '../shell/engine.ts';
import type { Job, JobEvent } from '../shell/jobs.ts';
import type { JobRows } from './compose.ts';

const pauseMs = 5000;

export class JobFacts {
  private readonly engine: Engine;
  private names: Readonly<Record<string, string>> = {};
  private againAt = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Reads what an event makes worth knowing. */
  learn(event: JobEvent): void {
    if (event.type !== 'progress') return;
    const unknown = event.job.progress.workers.some(({ at }) => at !== null && !(at in this.names));
    const now = performance.now();
    if (now < this.againAt || !unknown) return;
    this.againAt = now + pauseMs;
    void this.quietly(() => this.readNames());
  }

  /** For the head of the block: what folds it, and how many jobs wait. */
  rows(job: Job, screen: Screen, { fold = 'F2 folds', waiting = 0 } = {}): JobRows {
    const options: BlockOptions = {
      now: this.engine.opened?.clock.now() ?? Date.now(),
      names: this.names,
      fold,
      waiting,
    };
    return {
      block: most => progressBlock(job.progress, screen, { ...options, maxRows: most }),
      folded: () => progressBlock(job.progress, screen, { ...options, folded: true })[0] ?? [],
    };
  }

  private async readNames(): Promise<void> {
    const read = await this.engine.opened?.pool.query('select code, name from instruments where name is not null');
    if (read) this.names = Object.fromEntries(read.rows.map(([code, name]) => [String(code), String(name)]));
  }

  /** Without these facts the block is shorter; the run is none of their business. */
  private async quietly(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch {
      // Read again with a later event.
    }
  }
}
