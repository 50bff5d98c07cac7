/** What a run is asked to do and what its caller holds while it goes on. */
import type { Clock } from '../config/clock.ts';
import type { Code } from '../market/code.ts';
import type { IsoDate } from '../market/date.ts';
import type { Period } from '../market/period.ts';
import type { EmptyReason } from '../source/outcome.ts';
import type { DatasetTask, Part, SourceOptions, Task } from '../source/source.ts';
import type { Database } from '../store/database.ts';
import type { CrewSettings } from './crew-settings.ts';
import type { RunEvent, RunSummary, WorkerView } from './events.ts';

/** The range asked of one code, already cut to the calendar, its listing and what is published. */
export interface AskedRange {
  readonly code: Code;
  readonly from: IsoDate;
  readonly to: IsoDate;
}

export interface Plan {
  readonly tasks: readonly Task[];
  /** Every code asked for, also those that need no task; the narration of small runs follows its order. */
  readonly asked: readonly AskedRange[];
  /** Codes whose asked range is stored whole: no request, not counted in `planned`. */
  readonly covered: readonly Code[];
  /** Codes for which a request would be pointless, with the reason; counted as `empty` without a request. */
  readonly pointless: readonly { readonly code: Code; readonly reason: EmptyReason }[];
  /** Of tasks for the whole market on one day, by their ids: the codes that should be in the answer. */
  readonly expects?: ReadonlyMap<number, ReadonlySet<Code>>;
  /** Of an answer for the whole market only the rows of these codes are stored; all where it is left out. */
  readonly keeps?: (code: string) => boolean;
}

export interface RunRequest {
  readonly database: Database;
  readonly clock: Clock;
  readonly source: SourceOptions;
  /** 1..16. */
  readonly workers: number;
  /** The command as typed, without secrets. */
  readonly what: string;
  readonly period: Period;
  /** Asked first through the same crew and committed before planning (catalogue, calendar); not counted in `planned`. */
  readonly prepare: readonly DatasetTask[];
  readonly plan: () => Promise<Plan>;
  /** Tasks that the plan will have at most, where that is known before: no more workers are started. */
  readonly expected?: number;
  /** Several workers on the provider's public host although its rule forbids it: an explicit choice, remembered. */
  readonly acceptProviderRule?: boolean;
  /** Messages a day; null for none. Default what the source's options allow, 45,000 on the public host, none elsewhere. */
  readonly budget?: number | null;
  /** Messages a second; default no limit. */
  readonly perSecond?: number | null;
  /** Takes what came for a comparison, which is stored nowhere. */
  readonly take?: (task: Task, parts: readonly Part[]) => void;
  /** Time-outs and tries of the crew, where they are not the usual ones. */
  readonly settings?: Partial<CrewSettings>;
  /** 0 <= random() < 1, for the spacing of retries. */
  readonly random?: () => number;
}

export interface RunHandle {
  /** Resolves once the run has its row in `meta.runs`. */
  readonly number: Promise<number>;
  /** Events from the start of the run on, also those emitted before the listener came. Returns the way to stop listening. */
  on(listener: (event: RunEvent) => void): () => void;
  workers(): readonly WorkerView[];
  /** Never rejects for what a provider does; rejects with a Problem when the run could not start or store. */
  readonly done: Promise<RunSummary>;
  /** No new task; the running ones are abandoned or finish within about two seconds; all that is stored stays. */
  cancel(): void;
}
