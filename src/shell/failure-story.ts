/** What happened to one code: what stands on the ledger, every try, what was cleared, and what can be done. */
import { ago, isoStamp, stamp } from '../output/amounts.ts';
import { classWord, reasonWord } from '../output/outcome-words.ts';
import type { ListView } from '../output/view.ts';
import type { EmptyReason, FailureClass } from '../source/outcome.ts';
import type { LedgerAttempt } from '../store/attempts.ts';
import type { ClearedFailure } from '../store/cleared.ts';
import type { LedgerFailure } from '../store/ledger.ts';

export interface FailureStory {
  /** A code, or the name of a dataset. */
  readonly about: string;
  readonly name: string | null;
  readonly standing: readonly LedgerFailure[];
  readonly attempts: readonly LedgerAttempt[];
  readonly cleared: readonly ClearedFailure[];
  /** Clock time in ms. */
  readonly now: number;
}

/** Asking again may help for these; for the others it is said what would. */
const advice: Partial<Readonly<Record<FailureClass, string>>> = {
  quota: 'goes on when the day of the quota is over',
  banned: 'goes on after the ban; asking before prolongs it',
  auth: 'only after the login is set right: config show',
  permission: 'the provider does not give this to the account',
  'bad-request': 'asked the same way it fails the same way',
  'unknown-code': 'the provider knows no such code; instruments finds the right one',
  'bad-data': 'the rows are in meta.quarantine; asks for them again',
  poison: 'killed two workers; asks once more with a fresh one',
};

export function storyView({ about, name, standing, attempts, cleared, now }: FailureStory): ListView {
  const title = `${about}${name ? `  ${name}` : ''}`;
  const head = standing.map(
    failure =>
      `${title}  ${failure.dataset} ${rangeOf(failure)}: ${classWord(failure.class)}, ${failure.attempts} tries, last ` +
      `${ago(now - failure.lastAt)}: ${failure.message}${saidOf(failure.said)}`,
  );
  const foot = cleared.map(
    entry =>
      `cleared ${stamp(entry.clearedAt)}: ${entry.dataset} ${rangeOf(entry)} (${classWord(entry.class)}), because: ${entry.reason}`,
  );
  const [first] = standing;
  return {
    kind: 'list',
    head: standing.length > 0 ? head : [`${title}  nothing of it stands on the ledger`],
    columns: [
      { name: 'run', right: true },
      { name: 'when' },
      { name: 'what', worth: 2 },
      { name: 'asked', worth: 3 },
      { name: 'try', right: true, worth: 1 },
      { name: 'requests', right: true, worth: 0 },
      { name: 'came to' },
      { name: 'because', least: 16 },
    ],
    rows: attempts.map(attempt => [
      String(attempt.run),
      stamp(attempt.startedAt),
      attempt.dataset,
      rangeOf(attempt),
      String(attempt.number),
      String(attempt.requests),
      outcomeOf(attempt),
      attempt.class === 'ok-empty' ? '' : `${attempt.message ?? ''}${saidOf(attempt.said)}`,
    ]),
    empty: 'it was never asked for',
    foot,
    next: first ? [[`retry ${about}`, advice[first.class] ?? 'asks for it again']] : [],
    object: {
      code: about,
      name,
      standing: standing.map(({ lastAt, firstAt, nextRetry, ...failure }) => ({
        ...failure,
        firstAt: isoStamp(firstAt),
        lastAt: isoStamp(lastAt),
        nextRetry: nextRetry === null ? null : isoStamp(nextRetry),
      })),
      attempts: attempts.map(attempt => ({
        ...attempt,
        startedAt: isoStamp(attempt.startedAt),
        endedAt: isoStamp(attempt.endedAt),
      })),
      cleared: cleared.map(entry => ({
        ...entry,
        lastAt: isoStamp(entry.lastAt),
        clearedAt: isoStamp(entry.clearedAt),
      })),
    },
  };
}

function rangeOf({ from, to }: { readonly from: string | null; readonly to: string | null }): string {
  return from === null || to === null ? 'as a whole' : from === to ? from : `${from} … ${to}`;
}

function saidOf(said: string | null): string {
  return said === null || said === '' ? '' : ` (it said: ${said})`;
}

function outcomeOf({ class: name, message }: LedgerAttempt): string {
  if (name === 'ok') return 'ok';
  return name === 'ok-empty' ? reasonWord(message as EmptyReason) : classWord(name as FailureClass);
}
