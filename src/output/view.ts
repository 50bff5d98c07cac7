/**
 * What commands and statements show, before any layout. `lines.ts` turns a view into lines for a screen, `json.ts` into
 * the one object that `--json` prints; both are pure, so a view must hold all that either needs. Text inside a view is
 * as it came from data or provider; the layout shows control characters instead of obeying them.
 */
import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { Format } from '../config/settings.ts';
import type { RunSummary, WorkerView } from '../fetch/events.ts';
import type { Problem } from '../market/problem.ts';
import type { FailureClass, Outcome, RunEnd } from '../source/outcome.ts';
import type { PoolStatus } from '../store/connection.ts';
import type { MarketNews } from '../sync/news.ts';
import type { CardView } from './card-view.ts';
import type { ChartView } from './chart-view.ts';
import type { Role } from './line.ts';

/** Rows of a statement. `rows` may be only the first ones of the whole result. */
export interface ResultView {
  readonly kind: 'result';
  readonly names: readonly string[];
  readonly types: readonly DuckDBType[];
  readonly rows: readonly (readonly DuckDBValue[])[];
  /** Rows of the whole result as far as it was read. */
  readonly total: number;
  /** False: reading stopped early, the result has more than `total` rows. */
  readonly complete: boolean;
  readonly ms: number;
  /** The statement, for opening the result again. */
  readonly sql: string;
  /** Sentences under the result: `codes are stored as sh.600519; bars('600519') takes any form`. */
  readonly hints: readonly string[];
  /** How it is written at a prompt; absent: as a table that fits the window. */
  readonly format?: Format;
  /** `statement 2 of 5`, where a text had several. */
  readonly statement?: string;
}

/** A statement without rows of its own. */
export interface ChangedView {
  readonly kind: 'changed';
  /** `insert`, `create`, `begin` …: lower case, as DuckDB names the kind of statement. */
  readonly what: string;
  /** Rows changed; null where the statement does not count any. */
  readonly changed: number | null;
  readonly ms: number;
  /** `statement 2 of 5`, where a text had several. */
  readonly statement?: string;
}

/** A run that has ended. */
export interface RunView {
  readonly kind: 'run';
  readonly summary: RunSummary;
  /** Names of the codes in `summary.codes`, as far as known. */
  readonly names: Readonly<Record<string, string>>;
  /** Messages counted today and the day's budget; a null budget is none. */
  readonly used: number | null;
  readonly budget: number | null;
  /** Sentences about how codes were understood, by code: `took the stock; the index is sh.000001`. */
  readonly remarks: Readonly<Record<string, string>>;
  /** Of a run for a dataset: what was asked and what came of it. */
  readonly dataset?: DatasetResult;
  /** Stocks of the catalogue that were listed only after the range of a run over all of them. */
  readonly notListed?: number;
  /** Of a sync that added sessions to those stored before. */
  readonly news?: MarketNews;
}

export interface DatasetResult {
  /** `profit`, and the table that it fills. */
  readonly name: string;
  readonly table: string;
  /** Of every task, without its code. */
  readonly params: Readonly<Record<string, string>>;
  /** Those that ended, in the order in which they were planned. */
  readonly tasks: readonly DatasetTaskResult[];
  /** Sentences on what the rows still lack, with the command that gets it. */
  readonly hints: readonly (readonly [sentence: string, command: string])[];
}

export interface DatasetTaskResult {
  /** Null where the dataset was asked for as a whole. */
  readonly code: string | null;
  /** Rows that are new or changed. */
  readonly rows: number;
  readonly outcome: Outcome;
}

/** A run that goes on in the background; without a number it waits for the running one to end. */
export interface JobView {
  readonly kind: 'job';
  readonly job: number | null;
  readonly what: string;
  /** Of one without a number, among those that wait: 1 is the next. */
  readonly place?: number;
}

/** What runs in the background and what waits for it. */
export interface JobsView {
  readonly kind: 'jobs';
  readonly jobs: readonly {
    readonly job: number | null;
    readonly what: string;
    readonly planned: number;
    readonly done: number;
    readonly failed: number;
    readonly secondsLeft: number | null;
  }[];
  readonly waiting: readonly string[];
}

export interface FailureRow {
  /** A code, or the name of a dataset. */
  readonly code: string;
  readonly name: string | null;
  readonly period: string;
  /** Of a dataset, without its code: `{year: '2025', quarter: '2'}`. */
  readonly params?: Readonly<Record<string, string>>;
  readonly from: string | null;
  readonly to: string | null;
  readonly class: FailureClass;
  readonly attempts: number;
  readonly message: string;
  /** The provider's own words, untrusted. */
  readonly said: string | null;
  readonly run: number | null;
  /** Clock time of the last try in ms. */
  readonly at: number | null;
  /** Clock time (ms) before which it is not asked for again; null where nothing waits. */
  readonly nextAt: number | null;
}

/** The ledger. `now` is the clock's time (ms) at which it was read. */
export interface FailuresView {
  readonly kind: 'failures';
  readonly failures: readonly FailureRow[];
  readonly now: number;
}

export interface RunRecord {
  readonly run: number;
  readonly what: string;
  readonly source: string;
  readonly period: string;
  /** Clock times in ms. */
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly planned: number;
  readonly ok: number;
  readonly empty: number;
  readonly failed: number;
  readonly left: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly requests: number;
  readonly logins: number;
  readonly seconds: number | null;
  /** Null while it goes on. */
  readonly end: RunEnd | null;
  readonly message: string | null;
}

/** Newest first; one entry when one run was asked for. */
export interface RunsView {
  readonly kind: 'runs';
  readonly runs: readonly RunRecord[];
  /** The run that was asked for, else null: the list. */
  readonly only: number | null;
}

export interface PoolView {
  readonly kind: 'pool';
  readonly status: PoolStatus;
  readonly workers: readonly WorkerView[];
  readonly logins: number | null;
  /** Messages counted today and the day's budget; a null budget is none. */
  readonly used: number | null;
  readonly budget: number | null;
  readonly file: {
    readonly path: string;
    readonly bytes: number;
    readonly walBytes: number;
    readonly engine: string;
    readonly readOnly: boolean;
  };
  readonly now: number;
}

export interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly comment: string | null;
}

export interface TableRow {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'view';
  /** Null for views, which are not counted. */
  readonly rows: number | null;
  readonly comment: string | null;
  readonly columns: readonly ColumnRow[];
}

/** The tables; one entry with its columns in full when one was asked for. */
export interface TablesView {
  readonly kind: 'tables';
  readonly tables: readonly TableRow[];
  readonly only: string | null;
}

export interface HelpEntry {
  /** `fetch CODES…` */
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
}

export interface HelpOption {
  /** `--from DATE` */
  readonly flag: string;
  readonly says: string;
}

/** The list of commands, or one command in full, or a topic as lines of text. */
export type HelpView =
  | {
      readonly kind: 'help';
      readonly topic: null;
      readonly entries: readonly HelpEntry[];
      readonly foot: readonly string[];
    }
  | {
      readonly kind: 'help';
      readonly topic: string;
      readonly usage: string;
      readonly summary: string;
      readonly options: readonly HelpOption[];
      readonly examples: readonly { readonly line: string; readonly says: string }[];
      /** Further text: one string a line. */
      readonly text: readonly string[];
    };

/** Rows of a command's own, as texts; `object` is what `--json` prints, the numbers as numbers. */
export interface ListView {
  readonly kind: 'list';
  /** Sentences above the rows. */
  readonly head: readonly string[];
  readonly columns: readonly {
    readonly name: string;
    readonly right?: boolean;
    /** Columns of the least worth are left out first where the screen is narrow; default: never. */
    readonly worth?: number;
    /** Cells down to which the texts may be cut. */
    readonly least?: number;
    readonly role?: Role;
  }[];
  readonly rows: readonly (readonly string[])[];
  /** In the place of the rows where there are none. */
  readonly empty: string | null;
  readonly foot: readonly string[];
  /** Commands to go on with, and what they do. */
  readonly next: readonly (readonly [command: string, says: string])[];
  readonly object: Readonly<Record<string, unknown>>;
}

/** A sentence. */
export interface NoteView {
  readonly kind: 'note';
  readonly level: 'say' | 'warn';
  readonly sentence: string;
  /** A command to type, in accent. */
  readonly next?: string;
}

/** Where in a text something is wrong. Lines and columns count from 1, columns in characters (code points). */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** Characters of the token there; at least 1. */
  readonly length: number;
  /** The line of the text, whole. */
  readonly text: string;
}

export interface ProblemView {
  readonly kind: 'problem';
  readonly problem: Problem;
  readonly place: Place | null;
  /** Candidates for what was meant, best first. */
  readonly candidates: readonly string[];
  /** Which statement of several: `2 of 3`; null where there was one. */
  readonly statement: string | null;
}

export type View =
  | ResultView
  | ChangedView
  | RunView
  | JobView
  | JobsView
  | FailuresView
  | RunsView
  | PoolView
  | TablesView
  | HelpView
  | ListView
  | CardView
  | NoteView
  | ProblemView
  | ChartView;
