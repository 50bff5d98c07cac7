/**
 * Whether rows that are read again from page to page are still the same ones. While a run writes what they are read from they would move: a
 * transaction held open would keep them and keep the file from being checkpointed, so they are copied once, as they are now,
 * beside the file. What cannot be copied may move, and that is told with the run that moves it.
 */
import { tableOf } from '../../market/period.ts';
import { isoStamp } from '../../output/amounts.ts';
import type { Line } from '../../output/line.ts';
import { shown } from '../../output/shown.ts';
import { span } from '../../output/spans.ts';
import type { CellRecord, KeptResult } from '../../shell/cell-record.ts';
import type { Job } from '../../shell/jobs.ts';
import { namesIn } from '../../shell/names-read.ts';
import type { ResultPages } from '../../shell/result-pages.ts';
import type { Session } from '../../shell/session.ts';
import { sqlTokens } from '../../shell/sql-tokens.ts';
import { changedBy, resolveNames } from '../../shell/tables-read.ts';

/** A result of more rows is not copied, which would take long and much of the disk. */
const mostHeld = 2_000_000;

export class SteadyRows {
  private readonly session: Session;
  private readonly result: KeptResult;
  /** Null: the rows of a table. */
  private readonly cell: number | null;
  /** What a table's rows are made of; of a cell its record knows. */
  private reads: readonly string[] = [];
  private holding: AbortController | null = null;
  private heldAt: number | null = null;

  constructor(session: Session, result: KeptResult, cell: number | null) {
    this.session = session;
    this.result = result;
    this.cell = cell;
  }

  /** Whether there are other rows than when the statement ran, so that what was counted then is wrong. */
  get changed(): boolean {
    return this.result.table === null && (this.writer() !== null || (this.record?.stale ?? false));
  }

  /** Of when the rows are, or why one may be another when it is read again; null: nothing is to be told. */
  told(): Line | null {
    if (this.heldAt !== null) return [span(`as of ${isoStamp(this.heldAt).slice(11, 19)}`, 'dim')];
    const run = this.writer();
    if (run) return [span(shown(`rows may move: ${nameOf(run)} writes them`), 'warn')];
    return this.record?.stale ? [span('stale', 'warn')] : null;
  }

  /** Finds out what a table's rows are made of. Never rejects. */
  async learn(): Promise<void> {
    const pool = this.session.engine.opened?.pool;
    if (this.cell !== null || !pool) return;
    const names = namesIn(sqlTokens(this.result.sql));
    this.reads = await resolveNames(names, pool).catch(() => [...names]);
  }

  /**
   * Copies so many rows, once, where a run writes them now. Never rejects.
   *
   * @returns the way to have it told, for when the rows of the copy are counted; null: nothing was copied.
   */
  async hold(pages: ResultPages, total: number | null): Promise<(() => void) | null> {
    if (this.holding || total === null || total > mostHeld || !this.writer()) return null;
    const abort = new AbortController();
    this.holding = abort;
    const at = this.session.engine.opened?.clock.now() ?? Date.now();
    const copied = await pages
      .hold((sql, values, signal) => this.session.copy(sql, values, signal), abort.signal)
      .catch(() => false);
    if (!copied || abort.signal.aborted) return null;
    return () => {
      this.heldAt = at;
    };
  }

  close(): void {
    this.holding?.abort();
  }

  /** The run that writes what the rows are read from; what was kept is read, whatever is stored. */
  private writer(): Job | null {
    if (this.result.table !== null || this.session.status().transaction === 'open') return null;
    const reads = this.record?.reads ?? this.reads;
    return this.session.jobs.running.find(job => writesWhat(job, reads)) ?? null;
  }

  private get record(): CellRecord | undefined {
    return this.session.records.find(({ cell }) => cell === this.cell);
  }
}

function nameOf({ what, number }: Job): string {
  return `${what.split(/\s/, 1)[0] ?? 'job'} ${number ?? ''}`;
}

/** Whether the job may store rows in one of the tables. */
function writesWhat({ what, progress }: Job, tables: readonly string[]): boolean {
  const written = new Set(changedBy(tableOf(progress.period), true));
  return tables.some(table => written.has(table)) || (what.includes('--dataset') && tables.length > 0);
}
