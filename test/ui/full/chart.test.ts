import { describe, expect, it } from 'vitest';
import type { Code } from '../../../src/market/code.ts';
import { Problem } from '../../../src/market/problem.ts';
import { cellWidth } from '../../../src/output/cells.ts';
import type { Screen } from '../../../src/output/line.ts';
import { lineText } from '../../../src/output/spans.ts';
import type { ChartDeck } from '../../../src/shell/chart-deck.ts';
import { FullChart } from '../../../src/ui/full/chart.ts';
import { chartOf, day, many } from '../../chart/series.ts';

const [moutai, pingan] = ['sh.600519' as Code, 'sz.000001' as Code];
const words = { d: 'daily', w: 'weekly', m: 'monthly' } as const;

/** Two securities with daily and weekly bars; of nothing else is anything stored. */
const deck: ChartDeck = {
  load: async (code, period, adjust) => {
    if (period !== 'd' && period !== 'w') throw new Problem('failed', `no ${period} bars of ${code} are stored.`);
    return {
      ...chartOf(many(400), false),
      code,
      name: code === moutai ? '贵州茅台' : '平安银行',
      period: words[period],
      adjust,
    };
  },
  find: async text => (text === 'payh' || text === '000001' ? [{ code: pingan, name: '平安银行' }] : []),
};

class Seen {
  readonly view: FullChart;
  readonly screen: Screen;
  private wake: () => void = () => {};

  constructor(list: readonly Code[] = [moutai, pingan], columns = 100, rows = 30) {
    this.screen = { columns, rows, glyphs: true };
    this.view = new FullChart({ deck, code: moutai, list, adjust: 'qfq', period: 'd' });
    this.view.attach(() => this.wake());
  }

  texts(): string[] {
    return this.view.rows(this.screen).lines.map(lineText);
  }

  async until(part: string): Promise<void> {
    while (!this.texts().join('\n').includes(part)) {
      await new Promise<void>(resolve => {
        this.wake = resolve;
      });
    }
  }

  keys(...keys: string[]): ('stay' | 'leave')[] {
    return keys.map(key => this.view.input({ type: 'key', key }));
  }

  get head(): string {
    return this.texts()[0] ?? '';
  }
}

describe('a chart over the whole window', () => {
  it('fills the window exactly, at any size', async () => {
    for (const [columns, rows] of [
      [20, 6],
      [60, 15],
      [100, 30],
      [200, 60],
    ] as const) {
      const seen = new Seen([moutai], columns, rows);
      await seen.until('600519');
      const texts = seen.texts();
      expect(texts).toHaveLength(rows);
      for (const text of texts) expect(cellWidth(text)).toBeLessThan(columns);
    }
  });

  it('moves a cross-hair bar by bar, and the window when it meets the edge', async () => {
    const seen = new Seen();
    await seen.until('daily');
    seen.keys('left');
    expect(seen.head).toContain(day(399));
    seen.keys('left', 'left');
    expect(seen.head).toContain(day(397));
    seen.keys(...Array.from({ length: 200 }, () => 'left'));
    expect(seen.head).toContain(day(197));
    seen.keys('home');
    expect(seen.head).toContain(day(0));
    seen.keys('left', 'right', 'end');
    expect(seen.head).toContain(day(399));
  });

  it('zooms about the bar under the cross-hair', async () => {
    const seen = new Seen();
    await seen.until('daily');
    seen.keys(...Array.from({ length: 101 }, () => 'left'));
    expect(seen.head).toContain(day(299));
    for (const key of ['up', 'up', 'up', 'down', 'down']) {
      seen.keys(key);
      expect(seen.head).toContain(day(299));
    }
    seen.keys(...Array.from({ length: 20 }, () => 'down'));
    expect(seen.head).toMatch(/40 bars a candle|~/);
  });

  it('turns to the next code, period and adjustment, and keeps the chart where there is none', async () => {
    const seen = new Seen();
    await seen.until('贵州茅台');
    seen.keys('pagedown');
    await seen.until('平安银行');
    seen.keys('tab');
    await seen.until('daily hfq');
    seen.keys('f8');
    await seen.until('weekly hfq');
    // Nothing else is stored: round to daily again.
    seen.keys('f8');
    await seen.until('daily hfq');
  });

  it('jumps to what is typed', async () => {
    const seen = new Seen();
    await seen.until('贵州茅台');
    seen.view.input({ type: 'text', text: 'pa' });
    seen.view.input({ type: 'text', text: 'yh' });
    await seen.until('sz.000001 平安银行');
    seen.keys('enter');
    await seen.until('daily');
    await seen.until('平安银行 · daily');
    seen.view.input({ type: 'text', text: '没有' });
    await seen.until('nothing is like it');
    expect(seen.keys('escape')).toEqual(['stay']);
  });

  it('leaves with Esc: first the text, then the cross-hair, then the view', async () => {
    const seen = new Seen();
    await seen.until('daily');
    seen.keys('left');
    seen.view.input({ type: 'text', text: 'x' });
    expect(seen.keys('escape', 'escape', 'escape')).toEqual(['stay', 'stay', 'leave']);
  });
});
