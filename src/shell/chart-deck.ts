/** What a chart over the whole window turns to: other securities, other periods, another adjustment. */
import type { CandleChart } from '../chart/candle-chart.ts';
import type { Code } from '../market/code.ts';
import { readCandles } from './chart-bars.ts';
import type { Adjust, ChartPeriod } from './chart-words.ts';
import type { Engine } from './engine.ts';

export interface Found {
  readonly code: Code;
  readonly name: string;
}

export interface ChartDeck {
  /** All stored bars, oldest first. Rejects with a Problem where there are none. */
  load(code: Code, period: ChartPeriod, adjust: Adjust, signal: AbortSignal): Promise<CandleChart>;
  /** Securities by digits, name or pinyin initials, the likeliest first. */
  find(text: string): Promise<readonly Found[]>;
}

/** Bars that a deck loads at most; daily bars of any security are fewer. */
const mostBars = 20_000;

export function chartDeck(engine: Engine): ChartDeck {
  const market = async () => {
    const [database, { loadCatalogue }] = await Promise.all([engine.database(), import('../sync/catalogue.ts')]);
    return { database, catalogue: await loadCatalogue(database) };
  };
  let known: ReturnType<typeof market> | null = null;
  const stored = (): ReturnType<typeof market> => {
    known ??= market();
    return known;
  };
  return {
    async load(code, period, adjust, signal) {
      const { database, catalogue } = await stored();
      const name = catalogue.get(code)?.name ?? null;
      return readCandles(database, { code, period, adjust, from: null, to: null, limit: mostBars }, name, signal);
    },
    async find(text) {
      const [{ catalogue }, { searchCatalogue }] = await Promise.all([stored(), import('../sync/search.ts')]);
      return searchCatalogue(catalogue, text).map(({ code, name }) => ({ code, name }));
    },
  };
}
