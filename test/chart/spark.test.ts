import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sparkline } from '../../src/chart/spark.ts';
import { viewLines } from '../../src/output/lines.ts';
import { Memory, screen, texts } from '../output/rows.ts';

describe('a sparkline', () => {
  it('goes from the lowest to the highest value', () => {
    expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8, true)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([8, 1], 8, true)).toBe('█▁');
  });

  it('shows the newest of each share where there are more values than cells', () => {
    expect(sparkline([1, 1, 1, 1, 1, 1, 1, 9], 4, true)).toBe('▁▁▁█');
  });

  it('leaves a blank for what is not known, and draws equal values alike', () => {
    expect(sparkline([1, null, Number.NaN, 2], 8, true)).toBe('▁  █');
    expect(sparkline([5, 5, 5], 8, true)).toBe('▅▅▅');
    expect(sparkline([null], 8, true)).toBe('');
  });

  it('has an ASCII twin', () => {
    expect(sparkline([1, 2, 3, 4, 5], 8, false)).toMatch(/^[\x20-\x7e]{5}$/);
  });
});

describe('a list column of a result', () => {
  let memory: Memory;
  beforeAll(async () => {
    memory = await Memory.open();
  });
  afterAll(() => memory.close());

  it('is drawn where its lists are long, with the number of values', async () => {
    const view = await memory.result(
      "select 'a' as k, list(i * 1.5) as v from range(60) t(i) union all select 'b', null order by k",
    );
    const [, , first = '', second = ''] = texts(viewLines(view, screen(80)));
    expect(first).toMatch(/a +[▁▂▃▄▅▆▇█]{24} 60$/);
    expect(second).toMatch(/b +NULL$/);
  });

  it('keeps its digits where the lists are short, and where the output is no window', async () => {
    const short = await memory.result('select [1, 2, 3] as v');
    expect(texts(viewLines(short, screen(80))).join('\n')).toContain('[1, 2, 3]');
    const long = await memory.result('select list(i) as v from range(15) t(i)');
    const wide = { ...screen(80), columns: Number.POSITIVE_INFINITY };
    expect(texts(viewLines(long, wide)).join('\n')).toContain('13, 14]');
  });
});
