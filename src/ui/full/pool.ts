/** `pool --watch` over the whole window: both pools and the file, looked at twice a second. The last look stays. */
import type { Line, Screen } from '../../output/line.ts';
import { viewLines } from '../../output/lines.ts';
import { span } from '../../output/spans.ts';
import type { PoolView, View } from '../../output/view.ts';
import { readPool } from '../../shell/pool-figures.ts';
import { problemView } from '../cells.ts';
import type { InputEvent } from '../keys.ts';
import { keyFoot } from './foot.ts';
import { leaves, moved } from './moving.ts';
import type { FullRows, FullView, ViewContext } from './view.ts';

const lookEveryMs = 500;

export class PoolWatch implements FullView {
  private readonly look: () => Promise<PoolView>;
  /** The last look, or why there is none. */
  private seen: View | null = null;
  /** The first of its rows in the window, the rows of the window, and all of them. */
  private top = 0;
  private page = 1;
  private total = 0;
  private changed: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor({ session }: ViewContext) {
    this.look = () => readPool(session.engine, session.jobs);
  }

  attach(changed: () => void): void {
    this.changed = changed;
    void this.lookOn();
  }

  rows(screen: Screen): FullRows {
    const lines = this.lines(screen);
    this.page = Math.max(1, screen.rows - 1);
    this.total = lines.length;
    this.top = Math.max(0, Math.min(this.top, this.total - this.page));
    const hints = this.total > this.page ? ([['↑↓', 'scroll']] as const) : [];
    const body = lines.slice(this.top, this.top + this.page);
    const blank = Array.from({ length: this.page - body.length }, (): Line => []);
    return { lines: [...body, ...blank, keyFoot([...hints, ['Esc', 'leaves']], screen)] };
  }

  input(event: InputEvent): 'stay' | 'leave' {
    if (event.type === 'text') return event.text === 'q' ? 'leave' : 'stay';
    if (event.type !== 'key') return 'stay';
    if (leaves(event.key) || event.key === 'enter') return 'leave';
    this.top = moved(event.key, this.top, this.total, this.page) ?? this.top;
    return 'stay';
  }

  leaves(screen: Screen): readonly Line[] {
    return this.lines(screen);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private lines(screen: Screen): readonly Line[] {
    return this.seen ? viewLines(this.seen, screen) : [[span('  looking', 'dim')]];
  }

  private async lookOn(): Promise<void> {
    try {
      this.seen = await this.look();
    } catch (thrown) {
      this.seen = problemView(thrown);
    }
    if (this.closed) return;
    this.changed();
    this.timer = setTimeout(() => void this.lookOn(), lookEveryMs);
  }
}
