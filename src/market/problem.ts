/**
 * What goes wrong, as a value: a kind (which decides the exit code), one plain sentence saying what and why, and what to do
 * next. Problems are thrown by every layer and become text only in `output/` and `ui/`. Text from a provider or a file may
 * stand inside a sentence; whoever prints it shows control characters instead of obeying them.
 */
export type ProblemKind = 'failed' | 'usage' | 'partial' | 'refused' | 'interrupted';

/** Exit codes of the program; they are an API. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, partial: 3, refused: 4, interrupted: 130 } as const;

export interface ProblemOptions {
  /** What to do next: one sentence or a command. */
  readonly next?: string;
  readonly cause?: unknown;
}

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly next: string | undefined;

  constructor(kind: ProblemKind, sentence: string, options: ProblemOptions = {}) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.kind = kind;
    this.next = options.next;
  }

  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** Any thrown thing as a Problem; one that is none already becomes kind `failed` with its own message. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof Error) return new Problem('failed', thrown.message || thrown.name, { cause: thrown });
  return new Problem('failed', String(thrown));
}
