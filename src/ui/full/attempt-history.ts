/** What was tried for one entry of the ledger, newest first, over the list that it was opened from. */
import { alignedLines } from '../../output/aligned.ts';
import { counted, stamp, took } from '../../output/amounts.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { viewLines } from '../../output/lines.ts';
import { classWord } from '../../output/outcome-words.ts';
import { shown } from '../../output/shown.ts';
import { indent, joined, roomOf, span, wrapLine } from '../../output/spans.ts';
import type { FailureClass } from '../../source/outcome.ts';
import type { LedgerAttempt } from '../../store/attempts.ts';
import type { LedgerFailure } from '../../store/ledger.ts';
import { problemView } from '../cells.ts';
import type { InputEvent } from '../keys.ts';
import { keyFoot } from './foot.ts';
import { leaves, moved } from './moving.ts';
import type { FullRows } from './view.ts';

export class AttemptHistory {
  private readonly failure: LedgerFailure;
  private attempts: readonly LedgerAttempt[] | null = null;
  private trouble: unknown = null;
  private top = 0;
  private page = 1;
  private total = 0;

  constructor(failure: LedgerFailure, read: () => Promise<readonly LedgerAttempt[]>, changed: () => void) {
    this.failure = failure;
    read()
      .then(
        attempts => {
          this.attempts = attempts;
        },
        thrown => {
          this.trouble = thrown;
        },
      )
      .finally(changed);
  }

  rows(screen: Screen): FullRows {
    const body = [...this.entry(screen), ...this.tries(screen)];
    this.page = Math.max(1, screen.rows - 1);
    this.total = body.length;
    this.top = Math.max(0, Math.min(this.top, this.total - this.page));
    const lines = body.slice(this.top, this.top + this.page);
    const blank = Array.from({ length: this.page - lines.length }, (): Line => []);
    const back = screen.glyphs ? '←' : 'Left';
    return {
      lines: [...lines, ...blank, keyFoot([[`${back} Esc`, 'goes back']], screen)],
    };
  }

  input(event: InputEvent): 'stay' | 'leave' {
    if (event.type !== 'key') return 'stay';
    if (event.key === 'left' || event.key === 'enter' || leaves(event.key)) return 'leave';
    this.top = moved(event.key, this.top, this.total, this.page) ?? this.top;
    return 'stay';
  }

  private entry(screen: Screen): Line[] {
    const { code, name, dataset, params, from, to, attempts, class: kind, message, said, providerCode } = this.failure;
    const { dot, to: until } = glyphsOf(screen);
    const room = roomOf(screen);
    const given = Object.entries(params).map(([key, value]) => `${key} ${value}`);
    const head = [code ?? dataset, name ?? '', dataset, ...given, from === null ? '' : `${from}${until}${to}`];
    const facts = [classWord(kind), counted(attempts, 'try', 'tries'), `first ${stamp(this.failure.firstAt)}`];
    if (this.failure.nextRetry !== null) facts.push(`not before ${stamp(this.failure.nextRetry)}`);
    const parts = (texts: readonly string[]): Line[] =>
      texts.filter(text => text !== '').map(text => [span(shown(text))]);
    const provider = [providerCode, said].filter(text => text !== null).join(' ');
    return [
      ...wrapLine([indent, ...joined(parts(head), dot)], room, 4),
      ...wrapLine([indent, ...joined(parts(facts), dot)], room, 4),
      ...wrapLine([indent, span(shown(message))], room, 4),
      ...(provider === '' ? [] : wrapLine([indent, span('said  ', 'dim'), span(shown(provider))], room, 4)),
      [],
    ];
  }

  private tries(screen: Screen): Line[] {
    if (this.trouble !== null) return viewLines(problemView(this.trouble), screen);
    if (this.attempts === null) return [[indent, span('reading what was tried', 'dim')]];
    if (this.attempts.length === 0) return [[indent, span('no tries of it are stored', 'dim')]];
    const { to: until } = glyphsOf(screen);
    return alignedLines(
      [
        { name: 'when' },
        { name: 'run', right: true, worth: 2 },
        { name: 'try', right: true },
        { name: 'range', worth: 0 },
        { name: 'requests', right: true, worth: 1 },
        { name: 'took', right: true, worth: 3 },
        { name: 'end' },
        { least: 12 },
      ],
      this.attempts.map(({ startedAt, endedAt, run, number, from, to, requests, class: kind, message }) => [
        [span(stamp(startedAt))],
        [span(String(run))],
        [span(String(number))],
        [span(from === null ? '' : from === to ? from : `${from}${until}${to}`, 'dim')],
        [span(String(requests))],
        [span(took(endedAt - startedAt))],
        [span(kind === 'ok' || kind === 'ok-empty' ? kind.replace('ok-', '') : classWord(kind as FailureClass))],
        [span(shown(message ?? ''))],
      ]),
      screen,
    );
  }
}
