/** What runs in the background, live: every job with its workers, what waits for it, and what has ended meanwhile. A job is cancelled after a question. */
import { count } from '../../output/amounts.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { viewLines } from '../../output/lines.ts';
import { shown } from '../../output/shown.ts';
import { indent, joined, roomOf, span, wrapLine } from '../../output/spans.ts';
import type { RunView } from '../../output/view.ts';
import type { Job, JobEvent, Jobs } from '../../shell/jobs.ts';
import { JobFacts } from '../job-rows.ts';
import type { InputEvent } from '../keys.ts';
import { headRow, type KeyHint, keyFoot } from './foot.ts';
import { leaves, moved } from './moving.ts';
import type { FullRows, FullView, ViewContext } from './view.ts';

const tickMs = 200;
/** Of those that ended while one looks, the newest. */
const mostEnded = 5;

export class JobsBoard implements FullView {
  private readonly jobs: Jobs;
  private readonly facts: JobFacts;
  private readonly ended: RunView[] = [];
  /** The job with the pointer. */
  private current: Job | null = null;
  private asking: Job | null = null;
  private readonly cancelled = new Set<Job>();
  private stop: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor({ session }: ViewContext) {
    this.jobs = session.jobs;
    this.facts = new JobFacts(session.engine);
  }

  attach(changed: () => void): void {
    for (const job of this.jobs.running) this.facts.learn({ type: 'started', job });
    this.stop = this.jobs.on(event => {
      this.hear(event);
      changed();
    });
    this.timer = setInterval(changed, tickMs);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.stop();
  }

  rows(screen: Screen): FullRows {
    const { running, waiting } = this.jobs;
    const several = running.length + waiting.length > 1;
    const current = this.pointed();
    const { dot } = glyphsOf(screen);
    const counts = [`${count(running.length)} running`, ...(waiting.length > 0 ? [`${waiting.length} queued`] : [])];
    const right = joined(
      counts.map(part => [span(part)]),
      dot,
    );
    const foot = this.foot(current, screen);
    const room = Math.max(1, screen.rows - 1 - foot.length);
    const lines: Line[] = [];
    for (const job of running) {
      const rows = this.facts.rows(job, screen, { fold: '' });
      // The one with the pointer is told in full, then the others as far as there is room.
      const most = room - lines.length - (running.length - 1) - waiting.length;
      const block = job === current || running.length * 8 < room ? rows.block(Math.max(1, most)) : [rows.folded()];
      lines.push(...this.pointedAt(block, job === current && several, screen));
      if (running.length > 1 && block.length > 1) lines.push([]);
    }
    for (const [at, job] of waiting.entries()) {
      const line = [indent, span(`+${at + 1}  `), span('queued  ', 'dim'), span(shown(job.what))];
      lines.push(...this.pointedAt([line], job === current && several, screen));
    }
    if (lines.length === 0) lines.push([indent, span('no job runs', 'dim')]);
    for (const view of this.ended.toReversed()) {
      const told = [[], ...viewLines(view, screen).slice(0, 3)];
      if (lines.length + told.length > room) break;
      lines.push(...told);
    }
    const body = lines.slice(0, room);
    const blank = Array.from({ length: room - body.length }, (): Line => []);
    return { lines: [headRow([span('  jobs', 'bold')], right, screen), ...body, ...blank, ...foot] };
  }

  input(event: InputEvent): 'stay' | 'leave' {
    if (event.type === 'text') return event.text === 'q' && !this.asking ? 'leave' : 'stay';
    if (event.type !== 'key') return 'stay';
    const { key } = event;
    if (this.asking) {
      const job = this.asking;
      if (key === 'enter' || key === 'C-j') {
        this.cancelled.add(job);
        job.cancel();
      } else if (!leaves(key)) return 'stay';
      this.asking = null;
      return 'stay';
    }
    if (leaves(key)) return 'leave';
    const all = this.all();
    const to = moved(key, Math.max(0, all.indexOf(this.pointed() as Job)), all.length, 3);
    if (to !== null) this.current = all[to] ?? null;
    if (key === 'enter' || key === 'delete') {
      const job = this.pointed();
      this.asking = job && !this.cancelled.has(job) ? job : null;
    }
    return 'stay';
  }

  private hear(event: JobEvent): void {
    this.facts.learn(event);
    if (event.type !== 'ended' && event.type !== 'failed') return;
    if (this.asking === event.job) this.asking = null;
    if (event.type === 'ended') this.ended.push(event.view);
    if (this.ended.length > mostEnded) this.ended.shift();
  }

  /** Those that run, then those that wait. */
  private all(): readonly Job[] {
    return [...this.jobs.running, ...this.jobs.waiting];
  }

  private pointed(): Job | null {
    const all = this.all();
    return all.find(job => job === this.current) ?? all[0] ?? null;
  }

  private pointedAt(lines: readonly Line[], here: boolean, screen: Screen): readonly Line[] {
    const [first, ...rest] = lines;
    if (!here || !first) return lines;
    return [[span(`${glyphsOf(screen).pointer} `, 'accent'), ...first.slice(1)], ...rest];
  }

  private foot(current: Job | null, screen: Screen): readonly Line[] {
    if (this.asking) {
      const { number, what } = this.asking;
      const ask =
        number === null
          ? [span(`take back ${shown(what)}?`, 'warn'), span(' it has not begun', 'dim')]
          : [span(`end job ${number}, ${shown(what)}?`, 'warn'), span(' what it stored stays', 'dim')];
      const question: Line = [indent, ...ask];
      const keys: KeyHint[] = [
        ['Enter', number === null ? 'takes it back' : 'ends it'],
        ['Esc', 'keeps it'],
      ];
      return [...wrapLine(question, roomOf(screen), 4), keyFoot(keys, screen)];
    }
    const ending = current !== null && this.cancelled.has(current);
    const waits = current?.number === null;
    const hints: KeyHint[] = current && !ending ? [['Enter', waits ? 'takes it back' : 'ends the job']] : [];
    const several: KeyHint[] = this.all().length > 1 ? [[screen.glyphs ? '↑↓' : 'Up Down', 'another one']] : [];
    return [
      ...(ending ? [[indent, span(`${shown(current.what)} is being stopped`, 'dim')] as Line] : []),
      keyFoot([...hints, ...several, ['Esc', 'leaves']], screen),
    ];
  }
}
