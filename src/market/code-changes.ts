/**
 * Codes that an exchange gave to a security in the place of another one. A history is never joined across such a change
 * silently: the bars of each code stand under it, and whoever asks for one is told of the other.
 */
import type { Code } from './code.ts';
import type { IsoDate } from './date.ts';

export interface CodeChange {
  readonly old: Code;
  readonly new: Code;
  /** First session under the new code. */
  readonly since: IsoDate;
  /** Who says so. */
  readonly source: string;
}

/** Known to the program; `meta.aliases` of a file may hold more, such as the renumbering of Beijing's codes of 2025-10-09. */
export const knownChanges: readonly CodeChange[] = [
  // 中航电测 took over 成飞 and became 中航成飞.
  {
    old: 'sz.300114' as Code,
    new: 'sz.302132' as Code,
    since: '2025-02-17' as IsoDate,
    source: 'Shenzhen Stock Exchange',
  },
];

/** What is said of the old code. */
export function becameNote({ new: now, since }: CodeChange): string {
  return `became ${now} on ${since}; the two histories are not joined`;
}

/** What is said of the new code. */
export function wasNote({ old, since }: CodeChange): string {
  return `was ${old} before ${since}; that history stands under the old code`;
}
