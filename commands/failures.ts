/**
 * `failures`: what stands on the ledger, to look at or to pick from; the story of one code; entries taken off with a reason.
 * `--json`: `failures[]`; of explain `code, name, standing[], attempts[], cleared[]`; of clear `cleared, codes[], reason`.
 */
import { Problem } from '../src/market/problem.ts';
import { counted } from '../src/output/amounts.ts';
import type { FailureRow } from '../src/output/view.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';
import type { FailureWords } from '../src/shell/failure-choice.ts';
import type { LedgerFailure } from '../src/store/ledger.ts';

interface FailuresOptions {
  readonly codes: readonly string[];
  readonly code: readonly string[] | undefined;
  readonly class: string | undefined;
  readonly since: string | undefined;
  readonly run: number | undefined;
  readonly all: boolean;
  readonly reason: string | undefined;
}

export const failures: Command<FailuresOptions> = {
  name: 'failures',
  positionals: '[codes..]',
  usage: '[CODES…] | explain CODE | clear CODES…',
  summary: 'what failed and stands on the ledger',
  group: 'look',
  examples: [
    { line: 'failures', says: 'all of them; at the prompt to pick from, Enter asks for the picked ones again' },
    { line: 'failures --class network --since today', says: 'one class, of today' },
    { line: 'failures explain 600519', says: 'every try of a code and what came of it' },
    { line: 'failures clear 600519 --reason "delisted in 2019"', says: 'off the ledger; the history stays' },
  ],
  options: yargs =>
    yargs
      .positional('codes', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'only these codes or names; before them explain or clear',
      })
      .option('code', { type: 'string', array: true, describe: 'CODE or name, like the words without a dash' })
      .option('class', { type: 'string', describe: 'CLASS of the failure: network, quota, bad-data …' })
      .option('since', { type: 'string', describe: 'DATE: failed on that day or later' })
      .option('run', { type: 'number', describe: 'N: failed in that run' })
      .option('all', { type: 'boolean', default: false, describe: 'with clear: everything on the ledger' })
      .option('reason', { type: 'string', describe: 'TEXT: why clear takes it off' }) as never,
  async run(options, context) {
    const [action, ...others] = options.codes;
    const given = options.code ?? [];
    if (action === 'explain') return explained([...others, ...given], context);
    if (action === 'clear') return cleared([...others, ...given], options, context);
    if (options.reason !== undefined || options.all) {
      throw new Problem('usage', `--${options.all ? 'all' : 'reason'} belongs to failures clear.`, {
        next: 'failures clear 600519 --reason "…"',
      });
    }
    return listed({ ...options, codes: [...options.codes, ...given] }, context);
  },
};

async function listed(words: FailureWords, context: CommandContext): Promise<CommandResult> {
  const { chosenFailures } = await import('../src/shell/failure-choice.ts');
  const database = await context.engine.database();
  const wanted = await chosenFailures(database, words, context);
  return {
    view: { kind: 'failures', failures: wanted.map(rowOf), now: database.clock.now() },
    exitCode: 0,
    ...(context.opens && wanted.length > 0 ? { open: { kind: 'failures', failures: wanted } } : {}),
  };
}

async function explained(words: readonly string[], context: CommandContext): Promise<CommandResult> {
  const [word, surplus] = words;
  if (word === undefined || surplus !== undefined) {
    throw new Problem('usage', 'failures explain tells of one code.', { next: 'failures explain 600519' });
  }
  const { codesTyped, storedMarket } = await import('../src/shell/stored-market.ts');
  const { chosenFailures } = await import('../src/shell/failure-choice.ts');
  const { storyView } = await import('../src/shell/failure-story.ts');
  const { readAttempts } = await import('../src/store/attempts.ts');
  const { readCleared } = await import('../src/store/cleared.ts');
  const { datasets } = await import('../src/source/baostock/datasets.ts');
  const { database, catalogue } = await storedMarket(context);
  const dataset = datasets.find(({ name }) => name === word.toLowerCase());
  const [code] = dataset ? [] : await codesTyped([word], { catalogue, database });
  const about = dataset?.name ?? (code as string);
  const none = { class: undefined, since: undefined, run: undefined };
  const view = storyView({
    about,
    name: code === undefined ? null : (catalogue.get(code)?.name ?? null),
    standing: await chosenFailures(database, { ...none, codes: [about] }, context),
    attempts: await readAttempts(database, about),
    cleared: await readCleared(database, about),
    now: database.clock.now(),
  });
  return { view, exitCode: 0 };
}

async function cleared(
  codes: readonly string[],
  options: FailuresOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const reason = options.reason?.trim() ?? '';
  const chosen =
    codes.length > 0 || options.class !== undefined || options.run !== undefined || options.since !== undefined;
  if (!chosen && !options.all) {
    throw new Problem('usage', 'failures clear needs codes, --class, --run, --since or --all.', {
      next: 'failures clear 600519 --reason "…"',
    });
  }
  if (reason === '') {
    throw new Problem('usage', 'failures clear needs a reason, which is kept with the history.', {
      next: 'failures clear … --reason "delisted in 2019"',
    });
  }
  const { chosenFailures } = await import('../src/shell/failure-choice.ts');
  const { clearFailures } = await import('../src/store/cleared.ts');
  const database = await context.engine.database();
  const wanted = await chosenFailures(database, { ...options, codes }, context);
  const count = wanted.length === 0 ? 0 : await clearFailures(database, wanted, reason);
  return {
    view: {
      kind: 'list',
      head: [
        count === 0
          ? 'nothing of that stands on the ledger'
          : `${counted(count, 'failure')} cleared; what is missing stays missing, and sync asks for it again`,
      ],
      columns: [{ name: 'code' }, { name: 'name' }, { name: 'what' }, { name: 'from' }, { name: 'to' }],
      rows: wanted.map(({ code, name, dataset, from, to }) => [code ?? '', name ?? '', dataset, from ?? '', to ?? '']),
      empty: null,
      foot: [],
      next: count === 0 ? [['failures', 'lists what does']] : [['from meta.cleared', 'keeps them, with the reason']],
      object: { cleared: count, codes: wanted.map(({ code, dataset }) => code ?? dataset), reason },
    },
    exitCode: 0,
  };
}

function rowOf(failure: LedgerFailure): FailureRow {
  return {
    code: failure.code ?? failure.dataset,
    name: failure.name,
    period: failure.dataset,
    params: Object.fromEntries(Object.entries(failure.params).filter(([name]) => name !== 'code')),
    from: failure.from,
    to: failure.to,
    class: failure.class,
    attempts: failure.attempts,
    message: failure.message,
    said: failure.said,
    run: failure.run,
    at: failure.lastAt,
    nextAt: failure.nextRetry,
  };
}
