/**
 * A chart over the whole window, with the keys of the field's own terminals: ←→ cross-hair, ↑↓ zoom, PgUp PgDn other code,
 * F8 period, Tab adjustment, typed digits or pinyin jump to a code. What is loading leaves the chart before it on the screen.
 */
import { type CandleChart, firstWindow, type Window, zooms } from '../../chart/candle-chart.ts';
import { candleLines, laidOutFor } from '../../chart/candle-lines.ts';
import type { Code } from '../../market/code.ts';
import { asProblem } from '../../market/problem.ts';
import { glyphsOf } from '../../output/glyphs.ts';
import type { Line, Screen } from '../../output/line.ts';
import { shown } from '../../output/shown.ts';
import { cutLine, indent, joined, lineWidth, roomOf, span } from '../../output/spans.ts';
import type { ChartDeck, Found } from '../../shell/chart-deck.ts';
import { type Adjust, adjusts, type ChartPeriod } from '../../shell/chart-words.ts';
import type { InputEvent } from '../keys.ts';
import type { FullRows, FullView } from './view.ts';

export interface ChartViewOptions {
  readonly deck: ChartDeck;
  readonly code: Code;
  /** What PgUp and PgDn walk through. */
  readonly list: readonly Code[];
  readonly adjust: Adjust;
  readonly period: ChartPeriod;
}

/** F8 goes round these: minutes only where they are stored. */
const periods: readonly ChartPeriod[] = ['d', 'w', 'm', '60', '30', '15', '5'];
const mostFound = 5;

export class FullChart implements FullView {
  private readonly deck: ChartDeck;
  private readonly list: readonly Code[];
  private code: Code;
  private adjust: Adjust;
  private period: ChartPeriod;
  private chart: CandleChart | null = null;
  private window: Window | null = null;
  /** Candles from the newest one shown back to the cross-hair; null without one. */
  private cross: number | null = null;
  private trouble: string | null = null;
  private typed = '';
  private found: readonly Found[] = [];
  private screen: Screen = { columns: 80, rows: 24, glyphs: true };
  private loading: AbortController | null = null;
  private changed: () => void = () => {};

  constructor({ deck, code, list, adjust, period }: ChartViewOptions) {
    this.deck = deck;
    this.list = list.length > 0 ? list : [code];
    this.code = code;
    this.adjust = adjust;
    this.period = period;
  }

  attach(changed: () => void): void {
    this.changed = changed;
    this.load(this.code, this.period, this.adjust);
  }

  async close(): Promise<void> {
    this.loading?.abort();
  }

  rows(screen: Screen): FullRows {
    this.screen = screen;
    const height = Math.max(1, screen.rows - 1);
    const lines: Line[] = this.chart
      ? candleLines(this.chart, screen, this.drawn(this.chart, screen, height))
      : [[indent, span(this.trouble ? '' : `loading ${this.code}`, 'dim')]];
    while (lines.length < height) lines.push([]);
    lines.length = height;
    const foot = this.foot(screen);
    const cursor =
      this.typed === '' ? {} : { cursor: { row: height, column: Math.min(lineWidth(foot), roomOf(screen)) } };
    return { lines: [...lines, foot], ...cursor };
  }

  private drawn(chart: CandleChart, screen: Screen, rows: number) {
    const window = this.window ?? firstWindow({ ...chart, whole: false }, screen.columns);
    const count = laidOutFor(chart, screen, { rows, window }).candles.length;
    const cross = this.cross === null ? null : Math.max(0, count - 1 - this.cross);
    return { rows, window, cross };
  }

  private foot(screen: Screen): Line {
    const { dot, ellipsis, more } = glyphsOf(screen);
    const room = roomOf(screen);
    if (this.typed !== '') {
      const hits = this.found.slice(0, mostFound).map(({ code, name }): Line => [span(`${code} ${shown(name)}`)]);
      const line = [
        indent,
        span(shown(this.typed), 'accent'),
        span('  '),
        ...joined(hits.length > 0 ? hits : [[span('nothing is like it', 'dim')]], dot),
      ];
      return cutLine(line, room, ellipsis);
    }
    if (this.trouble) return cutLine([indent, span(shown(this.trouble), 'warn')], room, ellipsis);
    if (this.loading) return [indent, span(`loading ${this.code}${more}`, 'dim')];
    const arrows = screen.glyphs ? ['←→', '↑↓'] : ['Left Right', 'Up Down'];
    const keys = [
      `${arrows[0]} cross-hair`,
      `${arrows[1]} zoom`,
      ...(this.list.length > 1 ? ['PgUp PgDn other code'] : []),
      'F8 period',
      'Tab adjust',
      'a code or pinyin jumps',
      this.cross === null ? 'Esc leaves' : 'Esc drops the cross-hair',
    ];
    let parts = keys;
    const lineOf = (words: readonly string[]): Line => [indent, span(words.join(dot), 'dim')];
    while (parts.length > 1 && lineWidth(lineOf(parts)) > room) parts = parts.slice(0, -2).concat(parts.slice(-1));
    return cutLine(lineOf(parts), room, ellipsis);
  }

  input(event: InputEvent): 'stay' | 'leave' {
    if (event.type === 'text' || event.type === 'paste') {
      this.type(event.text);
      return 'stay';
    }
    if (event.type !== 'key') return 'stay';
    this.trouble = null;
    if (this.typed !== '' && this.keyWhileTyping(event.key)) return 'stay';
    switch (event.key) {
      case 'escape':
      case 'C-c':
      case 'C-g':
        if (this.cross === null) return 'leave';
        this.cross = null;
        return 'stay';
      case 'left':
        this.moveCross(1);
        return 'stay';
      case 'right':
        this.moveCross(-1);
        return 'stay';
      case 'home':
        this.moveCross(Number.POSITIVE_INFINITY);
        return 'stay';
      case 'end':
        this.moveCross(Number.NEGATIVE_INFINITY);
        return 'stay';
      case 'up':
        this.zoom(1);
        return 'stay';
      case 'down':
        this.zoom(-1);
        return 'stay';
      case 'pageup':
        this.step(-1);
        return 'stay';
      case 'pagedown':
        this.step(1);
        return 'stay';
      case 'f8':
        this.nextPeriod();
        return 'stay';
      case 'tab':
        this.load(this.code, this.period, adjusts[(adjusts.indexOf(this.adjust) + 1) % adjusts.length] ?? 'qfq');
        return 'stay';
      default:
        return 'stay';
    }
  }

  /** True where the key belonged to the typed text. */
  private keyWhileTyping(key: string): boolean {
    switch (key) {
      case 'escape':
      case 'C-c':
      case 'C-g':
      case 'C-u':
        this.typed = '';
        return true;
      case 'backspace':
      case 'C-h':
        this.typed = [...this.typed].slice(0, -1).join('');
        this.search();
        return true;
      case 'enter':
      case 'C-j': {
        const [first] = this.found;
        this.typed = '';
        if (first) this.load(first.code, this.period, this.adjust);
        return true;
      }
      default:
        return false;
    }
  }

  private type(text: string): void {
    this.trouble = null;
    this.typed = (this.typed + text.replace(/[\x00-\x1f\x7f]/g, ' ')).trimStart().slice(0, 40);
    this.search();
  }

  private search(): void {
    const { typed } = this;
    if (typed === '') {
      this.found = [];
      return;
    }
    this.deck.find(typed).then(
      found => {
        // A later key has asked for something else.
        if (this.typed !== typed) return;
        this.found = found;
        this.changed();
      },
      thrown => this.fail(thrown),
    );
  }

  /** Back (positive) or forth in time; at the window's edge the window moves. */
  private moveCross(by: number): void {
    const { chart } = this;
    if (!chart) return;
    const rows = Math.max(1, this.screen.rows - 1);
    const window = this.window ?? firstWindow({ ...chart, whole: false }, this.screen.columns);
    const shownCount = laidOutFor(chart, this.screen, { rows, window }).candles.length;
    const all = Math.ceil(chart.candles.length / window.group);
    if (this.cross === null && Number.isFinite(by)) {
      this.cross = 0;
      this.window = window;
      return;
    }
    // Counted from the newest of all, so that the window can follow.
    const at = Math.min(all - 1, Math.max(0, window.skip + (this.cross ?? 0) + by));
    let { skip } = window;
    if (at < skip) skip = at;
    if (at >= skip + shownCount) skip = at - shownCount + 1;
    this.window = { ...window, skip };
    this.cross = at - skip;
  }

  /** Keeps the newest bar shown, or the one under the cross-hair, where it is in time. */
  private zoom(by: number): void {
    const { chart } = this;
    if (!chart) return;
    const window = this.window ?? firstWindow({ ...chart, whole: false }, this.screen.columns);
    const now = zooms.findIndex(
      ({ pitch, group }) => group < window.group || (group === window.group && pitch >= window.pitch),
    );
    const next = zooms[Math.max(0, Math.min(zooms.length - 1, (now < 0 ? zooms.length - 1 : now) + by))];
    if (!next) return;
    const bars = (window.skip + (this.cross ?? 0)) * window.group;
    const anchor = Math.floor(bars / next.group);
    this.window = {
      ...next,
      skip: this.cross === null ? Math.floor((window.skip * window.group) / next.group) : anchor,
    };
    if (this.cross !== null) {
      const rows = Math.max(1, this.screen.rows - 1);
      const count = laidOutFor(chart, this.screen, { rows, window: this.window }).candles.length;
      const skip = Math.max(0, anchor - Math.floor(count / 2));
      this.window = { ...next, skip };
      this.cross = anchor - skip;
    }
  }

  private step(by: number): void {
    if (this.list.length < 2) {
      this.trouble = 'this chart was opened for one code; a result with a column code makes a list';
      return;
    }
    const at = this.list.indexOf(this.code);
    const next = this.list[(at + by + this.list.length) % this.list.length];
    if (next) this.load(next, this.period, this.adjust);
  }

  private nextPeriod(): void {
    const at = periods.indexOf(this.period);
    this.load(this.code, periods[(at + 1) % periods.length] ?? 'd', this.adjust, true);
  }

  /** @param onward where nothing is stored in the period, the next one is tried. */
  private load(code: Code, period: ChartPeriod, adjust: Adjust, onward = false): void {
    this.loading?.abort();
    const loading = new AbortController();
    this.loading = loading;
    this.deck.load(code, period, adjust, loading.signal).then(
      chart => {
        if (this.loading !== loading) return;
        this.loading = null;
        const sameBars = this.period === period && this.chart !== null && this.code === code;
        [this.chart, this.code, this.period, this.adjust] = [chart, code, period, adjust];
        if (!sameBars) {
          this.window = this.window && { ...this.window, skip: 0 };
          this.cross = null;
        }
        this.changed();
      },
      thrown => {
        if (this.loading !== loading) return;
        this.loading = null;
        const at = periods.indexOf(period);
        if (onward && at < periods.length - 1) this.load(code, periods[at + 1] ?? 'd', adjust, true);
        else if (onward && this.period !== 'd') this.load(code, 'd', adjust);
        else this.fail(thrown);
      },
    );
  }

  private fail(thrown: unknown): void {
    const { message, next } = asProblem(thrown);
    this.trouble = next === undefined ? message : `${message} ${next}`;
    this.changed();
  }
}
