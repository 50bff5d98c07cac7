/**
 * The one JSON object that `--json` prints for a view. The shapes are an interface of the program: `version` counts up when
 * a field is renamed, removed or changes its meaning; new fields may come at any time. Times are ISO 8601 in Shanghai's
 * zone, counts are plain numbers, a value that is not known is null.
 *
 * - fetch, retry: `run, planned, ok, empty, failed, left` (tasks; planned is the sum of the other four), `rows, quarantined`
 *   (rows), `revised` (stored bars that differed, in `meta.revisions`), `requests, logins`, `seconds` (from the first bar request to the last commit), `covered` (codes stored before),
 *   `end`, `message`.
 * - a job started at a prompt: `job`, `what`.
 * - jobs: `jobs[]` with `job, what, planned, done, failed, secondsLeft`; `waiting[]`.
 * - failures: `failures[]` with `code, name, period, from, to, class, attempts, message, said, run, at, nextAt`.
 * - runs: `runs[]` with `run, what, source, period, startedAt, endedAt`, the counts of fetch, `seconds, end, message`.
 * - pool: `connections`, `holders[]`, `workers[]`, `requests`, `file`.
 * - tables: `tables[]` with `schema, name, kind, rows, comment, columns[]`.
 * - card: `code, name, kind, board, industry, listed, delisted, last, closes[], stored, remark`.
 * - sync --plan, gaps, last, instruments, check, forget, cells, let, open, save, report: the object that each command documents.
 * - chart: `code, name, period, adjust, candles[]` with `from, to, open, high, low, close, preClose, volume, isEx, isSuspended`; of a
 *   result: `mark, title, x, y` and `series[]` (`name, points[]`) or `bars[]` (`label, value`).
 * - help: `topic`, `commands[]` or `usage, summary, options[], examples[], text[]`.
 * - a statement: `columns[]` (`name, type`), `rows[]` (arrays, every digit kept), `total`, `complete`, `ms`; or `what, changed, ms`.
 * - anything that went wrong: `error` with `kind, message, next, line, column, candidates`.
 */

import { isoStamp } from './amounts.ts';
import { cardShape } from './card-view.ts';
import { chartShape } from './chart-view.ts';
import { jsonString, typeText, valueJson } from './value.ts';
import type { PoolView, ProblemView, ResultView, RunRecord, RunView, View } from './view.ts';

export const jsonVersion = 1;

/** One line of JSON, without its line end. */
export function viewJson(view: View): string {
  if (view.kind === 'result') return resultJson(view);
  return safe({ ...shapeOf(view), version: jsonVersion });
}

function safe(value: unknown): string {
  return JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? Number(entry) : entry)).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function shapeOf(view: Exclude<View, ResultView>): Record<string, unknown> {
  switch (view.kind) {
    case 'run':
      return runShape(view);
    case 'job':
      return { job: view.job, what: view.what };
    case 'jobs':
      return { jobs: view.jobs, waiting: view.waiting };
    case 'failures':
      return {
        failures: view.failures.map(failure => ({ ...failure, at: time(failure.at), nextAt: time(failure.nextAt) })),
      };
    case 'runs':
      return { runs: view.runs.map(recordShape) };
    case 'pool':
      return poolShape(view);
    case 'tables':
      return { tables: view.tables };
    case 'help': {
      const { kind: _, topic, ...rest } = view;
      return 'entries' in rest ? { topic, commands: rest.entries } : { topic, ...rest };
    }
    case 'changed':
      return { what: view.what, changed: view.changed, ms: round(view.ms) };
    case 'list':
      return { ...view.object };
    case 'card':
      return cardShape(view);
    case 'chart':
      return chartShape(view);
    case 'note':
      return { level: view.level, sentence: view.sentence, next: view.next ?? null };
    case 'problem':
      return { error: problemShape(view) };
  }
}

function time(ms: number | null): string | null {
  return ms === null ? null : isoStamp(ms);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function runShape({ summary, notListed, news }: RunView): Record<string, unknown> {
  return {
    run: summary.run,
    planned: summary.planned,
    ok: summary.ok,
    empty: summary.empty,
    failed: summary.failed,
    left: summary.left,
    rows: summary.rows,
    quarantined: summary.quarantined,
    revised: summary.revised,
    requests: summary.requests,
    logins: summary.logins,
    seconds: summary.seconds,
    covered: summary.covered,
    end: summary.end,
    message: summary.message,
    ...(notListed ? { notListed } : {}),
    ...(news ? { news } : {}),
  };
}

function recordShape(run: RunRecord): Record<string, unknown> {
  return { ...run, startedAt: time(run.startedAt), endedAt: time(run.endedAt) };
}

function poolShape(view: PoolView): Record<string, unknown> {
  const { holders, ...connections } = view.status;
  return {
    connections,
    holders,
    workers: view.workers.map(worker => ({ ...worker, since: time(worker.since) })),
    requests: { used: view.used, budget: view.budget, logins: view.logins },
    file: view.file,
  };
}

function problemShape({ problem, place, candidates }: ProblemView): Record<string, unknown> {
  return {
    kind: problem.kind,
    message: problem.message,
    next: problem.next ?? null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    candidates,
  };
}

function resultJson(view: ResultView): string {
  const columns = view.names.map(
    (name, index) =>
      `{"name":${jsonString(name)},"type":${jsonString(view.types[index] ? typeText(view.types[index]) : '')}}`,
  );
  const rows = view.rows.map(
    row =>
      `[${row.map((value, index) => (view.types[index] ? valueJson(value, view.types[index]) : 'null')).join(',')}]`,
  );
  return (
    `{"columns":[${columns.join(',')}],"rows":[${rows.join(',')}],"total":${view.total},` +
    `"complete":${view.complete},"ms":${round(view.ms)},"version":${jsonVersion}}`
  );
}
