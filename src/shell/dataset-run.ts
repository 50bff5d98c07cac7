/** A run for a dataset as a command starts it, and what is shown of it at its end. */

import type { RunEvent } from '../fetch/events.ts';
import type { DatasetResult, DatasetTaskResult } from '../output/view.ts';
import type { DatasetDeclaration } from '../source/baostock/datasets.ts';
import type { Securities, TypedOptions } from '../sync/dataset-arguments.ts';
import type { StartedDataset } from '../sync/dataset-fetch.ts';
import { namesOf, type RunBasis, runView } from './bars-run.ts';
import type { CommandContext, CommandResult } from './command.ts';

export interface TypedDataset {
  readonly dataset: DatasetDeclaration;
  readonly securities: Securities;
  readonly options: TypedOptions;
  /** Only what was not asked for lately. */
  readonly onlyStale?: boolean;
}

/** Codes whose names are looked up for the view. */
const namedAtOnce = 50;

/** Starts it as a job, or waits for its end where there is no live prompt. */
export async function startDataset(
  context: CommandContext,
  basis: RunBasis,
  { dataset, securities, options, onlyStale = false }: TypedDataset,
): Promise<CommandResult> {
  const { codesWithoutFactors, fetchDataset } = await import('../sync/dataset-fetch.ts');
  let started: StartedDataset | null = null;
  const tasks: DatasetTaskResult[] = [];
  const note = (event: RunEvent): void => {
    if (event.type !== 'task') return;
    tasks.push({ code: event.at === dataset.name ? null : event.at, rows: event.rows, outcome: event.outcome });
  };
  return context.jobs.start({
    what: context.line,
    signal: context.signal,
    begin: async () => {
      started = await fetchDataset({ ...basis, dataset, securities, options, onlyStale });
      started.handle.on(note);
      for (const sentence of started.notes) context.emit({ kind: 'note', level: 'say', sentence });
      return started.handle;
    },
    view: async summary => {
      const planned = started?.planned() ?? null;
      const order = new Map(planned?.tasks.map(({ params }, index) => [params.code ?? null, index]));
      tasks.sort((a, b) => (order.get(a.code) ?? 0) - (order.get(b.code) ?? 0));
      const { name, table } = dataset;
      const params = planned?.params ?? {};
      const lacking = params.date === undefined ? 0 : await codesWithoutFactors(basis.database, table, params.date);
      const hints = lacking === 0 ? [] : [factorHint(lacking)];
      const result: DatasetResult = { name, table, params, tasks, hints };
      const codes = tasks.flatMap(({ code }) => code ?? []).slice(0, namedAtOnce);
      const view = await runView(summary, basis, planned?.resolved ?? []);
      return { ...view, names: await namesOf(basis.database, codes), dataset: result };
    },
  });
}

function factorHint(codes: number): readonly [string, string] {
  const whose = codes === 1 ? 'adjusted prices of 1 code lack its' : `adjusted prices of ${codes} codes lack their`;
  return [`${whose} factor history`, 'fetch --dataset factors CODES'];
}
