/** Which entries of the ledger are meant: by codes and names as typed, class, run, and since when they failed. */
import { readCode } from '../market/code.ts';
import { fold } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';
import type { Database } from '../store/database.ts';
import { type FailureFilter, type LedgerFailure, readFailures } from '../store/ledger.ts';
import type { CommandContext } from './command.ts';
import { classesOf } from './failure-class.ts';

export interface FailureWords {
  /** Codes, names, or parts of them; a dataset. */
  readonly codes: readonly string[];
  readonly class: string | undefined;
  readonly since: string | undefined;
  readonly run: number | undefined;
}

/** All that is given must hold. Newest first. @throws Problem `usage` for a class or date that is none. */
export async function chosenFailures(
  database: Database,
  { codes, class: className, since, run }: FailureWords,
  context: CommandContext,
): Promise<readonly LedgerFailure[]> {
  const filter: FailureFilter = {
    ...(className === undefined ? {} : { classes: classesOf(className) }),
    ...(run === undefined ? {} : { run }),
    ...(since === undefined ? {} : { since: await momentOf(since, context) }),
  };
  const found = await readFailures(database, filter);
  return codes.length === 0 ? found : found.filter(failure => codes.some(typed => isMeant(failure, typed)));
}

/** Beginning of that day in Shanghai, clock time in ms. */
async function momentOf(typed: string, context: CommandContext): Promise<number> {
  const { dayTyped, storedMarket } = await import('./stored-market.ts');
  const day = await dayTyped(typed, 'start', await storedMarket(context));
  if (day === null) throw new Problem('usage', '--since takes a date.', { next: '--since today, --since -7d' });
  return Date.parse(`${day}T00:00:00+08:00`);
}

function isMeant({ code, name, dataset }: LedgerFailure, typed: string): boolean {
  if (code === null) return dataset === typed.toLowerCase();
  const reading = readCode(typed);
  if (reading.kind === 'code' && !reading.bare) return code === reading.code;
  const wanted = fold(typed).replaceAll(' ', '');
  return code.endsWith(wanted) || (name !== null && fold(name).replaceAll(' ', '').includes(wanted));
}
