/** What was typed, across starts and shells. */
export interface History {
  /** Oldest first, no repeats, read again when another shell has written. */
  readonly entries: readonly string[];
  /** Written at once. */
  add(text: string): void;
}
