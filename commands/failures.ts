/** `failures`: what stands on the ledger. */
import { readCode } from '../src/market/code.ts';
import type { FailureRow } from '../src/output/view.ts';
import type { Command } from '../src/shell/command.ts';
import { classesOf } from '../src/shell/failure-class.ts';
import type { LedgerFailure } from '../src/store/ledger.ts';

interface FailuresOptions {
  readonly codes: string[];
  readonly class: string | undefined;
}

export const failures: Command<FailuresOptions> = {
  name: 'failures',
  positionals: '[codes..]',
  usage: '[CODES…]',
  summary: 'what failed and stands on the ledger',
  group: 'look',
  examples: [
    { line: 'failures', says: 'all of them' },
    { line: 'failures --class network', says: 'one class' },
  ],
  options: yargs =>
    yargs
      .positional('codes', {
        type: 'string',
        array: true,
        default: [] as string[],
        describe: 'only these codes or names',
      })
      .option('class', { type: 'string', describe: 'CLASS of the failure: network, quota, bad-data …' }),
  async run({ codes, class: className }, { engine, opens }) {
    const { readFailures } = await import('../src/store/ledger.ts');
    const database = await engine.database();
    const classes = className === undefined ? undefined : classesOf(className);
    const found = await readFailures(database, classes ? { classes } : {});
    const wanted = codes.length === 0 ? found : found.filter(failure => codes.some(typed => isMeant(failure, typed)));
    return {
      view: { kind: 'failures', failures: wanted.map(rowOf), now: database.clock.now() },
      exitCode: 0,
      ...(opens && wanted.length > 0 ? { open: { kind: 'failures', failures: wanted } } : {}),
    };
  },
};

function isMeant({ code, name }: LedgerFailure, typed: string): boolean {
  const reading = readCode(typed);
  if (reading.kind === 'code') return code === reading.code;
  return code?.endsWith(typed) === true || (name?.replaceAll(' ', '').includes(typed.replaceAll(' ', '')) ?? false);
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
