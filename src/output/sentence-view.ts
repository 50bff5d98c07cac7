/** The answer of a command that did one thing: one sentence, and with `--json` the object behind it. */
import type { ListView } from './view.ts';

export interface SentenceOptions {
  readonly foot?: readonly string[];
  /** Commands that go on from here, and what each does. */
  readonly next?: ListView['next'];
}

/** A sentence of '' says nothing on a screen. */
export function sentenceView(
  sentence: string,
  object: ListView['object'],
  { foot = [], next = [] }: SentenceOptions = {},
): ListView {
  return {
    kind: 'list',
    head: sentence === '' ? [] : [sentence],
    columns: [],
    rows: [],
    empty: null,
    foot,
    next,
    object,
  };
}
