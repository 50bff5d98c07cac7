/** The painter on a real terminal emulator: what stands on the screen and in the scrollback. */
import xterm from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { type Frame, Painter, type Wrapping, wrappingOf } from '../../src/ui/painter.ts';

class Screen {
  readonly terminal: xterm.Terminal;
  readonly painter: Painter;
  written = '';
  private pending: Promise<void> = Promise.resolve();

  now = 0;
  /** The size that the program is told, where it is not that of the terminal. */
  told: { columns: number; rows: number } | null = null;

  constructor(columns: number, rows: number, wrapping: Wrapping = 'all but the cursor', lagMs = 0) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    this.painter = new Painter({
      write: text => {
        this.written += text;
        this.pending = new Promise(resolve => this.terminal.write(text, resolve));
      },
      size: () => this.told ?? { columns: this.terminal.cols, rows: this.terminal.rows },
      lagMs,
      now: () => this.now,
      wrapping,
      synchronized: false,
    });
  }

  async settled(): Promise<void> {
    await this.pending;
  }

  /** Everything from the first line of the scrollback to the last row that is not empty. */
  async text(): Promise<string[]> {
    await this.settled();
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < active.length; row++) lines.push(active.getLine(row)?.translateToString(true) ?? '');
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  async cursor(): Promise<[number, number]> {
    await this.settled();
    const { active } = this.terminal.buffer;
    return [active.baseY + active.cursorY, active.cursorX];
  }
}

function frame(rows: string[], row = rows.length - 1, column = rows[row]?.length ?? 0): Frame {
  return { rows, widths: rows.map(text => text.length), cursor: { row, column } };
}

describe('painter', () => {
  it('writes only rows that changed, in one write, and never hides the cursor', async () => {
    const screen = new Screen(40, 10);
    screen.painter.paint(frame(['job 1 of 9', '', '> select']));
    screen.written = '';
    screen.painter.paint(frame(['job 2 of 9', '', '> select']));
    expect(screen.written).not.toContain('select');
    expect(await screen.text()).toEqual(['job 2 of 9', '', '> select']);
    expect(await screen.cursor()).toEqual([2, 8]);
    screen.written = '';
    screen.painter.paint(frame(['job 2 of 9', '', '> select']));
    expect(screen.written).toBe('');
    expect(screen.written).not.toContain('?25l');
  });

  it('grows, shrinks and moves the cursor between rows', async () => {
    const screen = new Screen(40, 10);
    screen.painter.paint(frame(['> a', '. b', '. c'], 1, 2));
    expect(await screen.cursor()).toEqual([1, 2]);
    screen.painter.paint(frame(['> a']));
    expect(await screen.text()).toEqual(['> a']);
    expect(await screen.cursor()).toEqual([0, 3]);
    screen.painter.paint(frame(['> a', '. b', '. c', '  below'], 2));
    expect(await screen.text()).toEqual(['> a', '. b', '. c', '  below']);
    expect(await screen.cursor()).toEqual([2, 3]);
  });

  it('prints above the frame, into the scrollback, once', async () => {
    const screen = new Screen(40, 6);
    screen.painter.paint(frame(['job', '', '> x']));
    const printed = Array.from({ length: 30 }, (_, n) => `row ${n}`);
    for (const row of printed) {
      screen.painter.print([row]);
      screen.painter.paint(frame(['job', '', '> x']));
    }
    expect(await screen.text()).toEqual([...printed, 'job', '', '> x']);
    expect(await screen.cursor()).toEqual([32, 3]);
  });

  it('prints more than a window at once', async () => {
    const screen = new Screen(40, 6);
    screen.painter.paint(frame(['> x']));
    const printed = Array.from({ length: 100 }, (_, n) => `row ${n}`);
    screen.painter.print(printed);
    expect(await screen.text()).toEqual(['> x']);
    screen.written = '';
    screen.painter.paint(frame(['> x']));
    expect(await screen.text()).toEqual([...printed, '> x']);
  });

  const block = (columns: number): Frame =>
    frame([`sync 4 ${'='.repeat(columns - 12)}`, `1  sh.600519 ${'.'.repeat(columns - 16)}`, '', '> select 1']);

  it.each<[Wrapping, boolean]>([
    ['all', true],
    ['all but the cursor', false],
  ])('leaves one frame after 100 → 40 → 100 where the terminal wraps %s', async (wrapping, reflowCursorLine) => {
    const screen = new Screen(100, 12, wrapping);
    screen.terminal.options.reflowCursorLine = reflowCursorLine;
    const printed = Array.from({ length: 20 }, (_, n) => `row ${n}`);
    screen.painter.print(printed);
    screen.painter.paint(block(100));
    for (const columns of [40, 100, 60, 30, 100]) {
      await screen.settled();
      screen.terminal.resize(columns, 12);
      screen.painter.resized();
      screen.painter.paint(block(columns));
      expect(await screen.text()).toEqual([...printed, ...block(columns).rows]);
      expect((await screen.cursor())[1]).toBe(10);
    }
  });

  it.each<[Wrapping, boolean]>([
    ['all', true],
    ['all but the cursor', false],
  ])('finds its first row when the cursor’s row is wider than the window (%s)', async (wrapping, reflowCursorLine) => {
    const screen = new Screen(100, 12, wrapping);
    screen.terminal.options.reflowCursorLine = reflowCursorLine;
    screen.painter.print(['row 0', 'row 1']);
    screen.painter.paint(frame(['job', `> ${'x'.repeat(90)}`]));
    await screen.settled();
    screen.terminal.resize(40, 12);
    screen.painter.resized();
    screen.painter.paint(frame(['job', '> xxx']));
    expect(await screen.text()).toEqual(['row 0', 'row 1', 'job', '> xxx']);
  });

  it('leaves one frame on the screen when the window gets lower than the frame, and higher again', async () => {
    const screen = new Screen(60, 20);
    const printed = Array.from({ length: 30 }, (_, n) => `row ${n}`);
    screen.painter.print(printed);
    const high = frame(['b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', '', '> x']);
    screen.painter.paint(high);
    await screen.settled();
    screen.terminal.resize(60, 6);
    screen.painter.resized();
    screen.painter.paint(frame(['folded', '> x']));
    const { active } = screen.terminal.buffer;
    await screen.settled();
    const visible = Array.from({ length: 6 }, (_, row) => active.getLine(active.baseY + row)?.translateToString(true));
    expect(visible.filter(row => row === '> x')).toHaveLength(1);
    expect(visible.filter(row => /^b\d/.test(row ?? ''))).toEqual([]);
    screen.terminal.resize(60, 20);
    screen.painter.resized();
    screen.painter.paint(high);
    const text = await screen.text();
    expect(text.slice(0, 30)).toEqual(printed);
    expect(text.slice(-9)).toEqual(high.rows);
  });

  it.each([
    [3, 20, 12],
    [30, 20, 12],
    [30, 20, 5],
  ])(
    'leaves one frame when it painted before it was told of the new size (%i printed, %i → %i rows)',
    async (rows, high, low) => {
      const screen = new Screen(100, high, 'all but the cursor', 300);
      const printed = Array.from({ length: rows }, (_, n) => `row ${n}`);
      screen.painter.print(printed);
      screen.painter.paint(block(100));
      await screen.settled();
      screen.told = { columns: 100, rows: high };
      screen.terminal.resize(60, low);
      for (let n = 0; n < 3; n++) {
        screen.now += 90;
        const [head = '', ...rest] = block(100).rows;
        screen.painter.paint(frame([head.replace('sync', `syn${n}`), ...rest]));
      }
      await screen.settled();
      screen.told = null;
      screen.painter.resized();
      const last = low < 6 ? frame(['sync', '> select 1']) : block(60);
      screen.painter.paint(last);
      const text = await screen.text();
      expect(text.slice(0, rows)).toEqual(printed);
      const { baseY } = screen.terminal.buffer.active;
      expect(text.slice(Math.max(rows, baseY))).toEqual(last.rows);
    },
  );

  it('leaves the terminal alone while it is lent', async () => {
    const screen = new Screen(40, 10);
    screen.painter.print(['before']);
    screen.painter.paint(frame(['> x']));
    screen.painter.pause();
    screen.painter.paint(frame(['> y']));
    expect(await screen.text()).toEqual(['before']);
    screen.painter.resume();
    screen.painter.paint(frame(['> y']));
    expect(await screen.text()).toEqual(['before', '> y']);
  });

  it('knows what terminals do', () => {
    expect(wrappingOf({ TERM: 'xterm-256color' })).toBe('all');
    expect(wrappingOf({ TERM: 'screen-256color', TMUX: '/tmp/x' })).toBe('all');
    expect(wrappingOf({ TERM: 'screen' })).toBe('none');
    expect(wrappingOf({ TERM: 'linux' })).toBe('none');
    expect(wrappingOf({ TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' })).toBe('all but the cursor');
  });
});
