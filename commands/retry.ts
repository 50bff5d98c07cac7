/** `retry`: asks again for what stands on the ledger, and for sessions with rows in quarantine. */
import { Problem } from '../src/market/problem.ts';
import { acceptRule, type RunCommandOptions, runBasis, startBars, workersOption } from '../src/shell/bars-run.ts';
import type { Command } from '../src/shell/command.ts';
import { classesOf } from '../src/shell/failure-class.ts';

interface RetryOptions extends RunCommandOptions {
  readonly codes: string[];
  readonly all: boolean;
  readonly class: string | undefined;
  readonly run: number | undefined;
}

export const retry: Command<RetryOptions> = {
  name: 'retry',
  positionals: '[codes..]',
  usage: 'CODES… | --all',
  summary: 'asks again for what failed',
  group: 'data',
  writes: true,
  examples: [
    { line: 'retry --all', says: 'everything on the ledger' },
    { line: 'retry 600519', says: 'one code' },
    { line: 'retry --class network', says: 'one class of failures' },
  ],
  options: yargs =>
    yargs
      .positional('codes', { type: 'string', array: true, default: [] as string[], describe: 'codes or names' })
      .option('all', { type: 'boolean', default: false, describe: 'everything on the ledger' })
      .option('class', { type: 'string', describe: 'CLASS of the failures: network, quota, bad-data …' })
      .option('run', { type: 'number', describe: 'N: what failed in that run' })
      .option('workers', workersOption)
      .option('accept-provider-rule', acceptRule) as never,
  async run(options, context) {
    const { codes, all, class: className, run } = options;
    const chosen = all || className !== undefined || run !== undefined;
    if (chosen && codes.length > 0) {
      throw new Problem('usage', 'retry takes either codes or --all, --class, --run.', { next: 'retry --all' });
    }
    if (!chosen && codes.length === 0) {
      throw new Problem('usage', 'retry needs codes, or --all.', { next: 'failures  lists what failed' });
    }
    const classes = className === undefined ? undefined : classesOf(className);
    const { retryFailures } = await import('../src/sync/retry.ts');
    const basis = await runBasis(context, options);
    return startBars(context, basis, async () => {
      const { handle, idle } = await retryFailures({
        ...basis,
        choice: chosen
          ? { kind: 'all', ...(classes ? { classes } : {}), ...(run === undefined ? {} : { run }) }
          : { kind: 'codes', inputs: codes },
      });
      if (idle.length > 0) {
        context.emit({ kind: 'note', level: 'say', sentence: `nothing to ask for again: ${idle.join(' ')}` });
      }
      return { handle, resolved: () => [] };
    });
  },
};
