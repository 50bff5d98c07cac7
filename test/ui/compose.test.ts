import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineText, lineWidth, span } from '../../src/output/spans.ts';
import { edited, emptyBuffer } from '../../src/ui/buffer.ts';
import { compose, type JobRows, type LiveState, type Running } from '../../src/ui/compose.ts';
import { builtInKeywords } from '../../src/ui/highlight.ts';
import { emptyPrompt } from '../../src/ui/prompt.ts';

const job = (rows: number, width = 60): JobRows => ({
  block: most => (rows <= most ? Array.from({ length: rows }, () => [span('b'.repeat(width))]) : [[span('folded')]]),
  folded: () => [span('folded')],
});

function state(
  over: Partial<LiveState> & { readonly text?: string; readonly columns?: number; readonly rows?: number },
): LiveState {
  const { text = '', columns = 100, rows = 30, ...rest } = over;
  return {
    screen: { columns, rows, glyphs: true },
    status: { nextCell: 7, transaction: 'none', readOnly: false, notes: [], file: 'market.duckdb' },
    prompt: { ...emptyPrompt, buffer: edited(emptyBuffer, { do: 'set', text }) },
    words: { keywords: builtInKeywords, isCommand: () => false },
    suggestion: null,
    head: [],
    running: [],
    jobs: [],
    folded: false,
    notice: null,
    top: 0,
    gap: true,
    ...rest,
  };
}

function texts(over: Parameters<typeof state>[0]): string[] {
  const { head, jobs, running, editor, below } = compose(state(over));
  return [...head, ...jobs, ...running, ...editor, ...below].map(lineText);
}

const running: Running[] = [
  { cell: 5, text: 'select 1;', elapsedMs: 12_400, percent: 38 },
  { cell: 6, text: 'select 2;\nselect 3;', elapsedMs: null, percent: null },
];

describe('the live part', () => {
  it('shows the statement that runs and those that wait', () => {
    expect(texts({ running })).toEqual([
      `  running  [5] 12.4 s · 38 %${' '.repeat(57)}Ctrl-C cancels`,
      '  queued   [6] select 2; …',
      '[7] ❯ ',
    ]);
    expect(texts({ running, columns: 30 })[0]).toBe('  running  [5] 12.4 s · 38 %');
  });

  it('says what Ctrl-C does at that moment', () => {
    expect(texts({ running, text: 'x' })[0]).toMatch(/Ctrl-C clears the text$/);
  });

  it('shows nothing of a statement that has just begun', () => {
    expect(texts({ running: [{ cell: 5, text: 'select 1;', elapsedMs: 150, percent: null }] })).toEqual(['[7] ❯ ']);
  });

  it('says of a statement that it is being stopped', () => {
    const [row] = texts({ running: [{ cell: 5, text: 'select 1;', elapsedMs: 1200, percent: null, stopping: true }] });
    expect(row).toBe('  stopping [5] 1.2 s');
  });

  it('shows transaction and read-only mode in the prompt, notes under it', () => {
    const notes = ['data to 2026-11-19, 1 session behind'];
    const status = { nextCell: 8, transaction: 'open', readOnly: true, notes, file: 'market.duckdb' } as const;
    expect(texts({ status })).toEqual(['[8] tx ro ❯ ', '      data to 2026-11-19, 1 session behind · market.duckdb']);
  });

  it('gives a job its block in a roomy window and a row in a small one', () => {
    expect(texts({ jobs: [job(6)] }).filter(text => text.startsWith('b'))).toHaveLength(6);
    expect(texts({ jobs: [job(11)] })[0]).toBe('folded');
    expect(texts({ jobs: [job(6)], folded: true })[0]).toBe('folded');
    expect(texts({ jobs: [job(4)], rows: 15 })[0]).toBe('folded');
  });

  it('tells which rows of a long text are seen', () => {
    const below = texts({ text: 'select 1,\n'.repeat(40) }).at(-1);
    expect(below).toBe('      rows 27-41 of 41');
  });

  it('says how much a search has found on a narrow window too', () => {
    const matches = [{ entry: 'select 茅台;', marks: [{ from: 7, to: 9 }] }];
    const search = { query: '贵州茅台五粮液茅台', at: 0, matches, before: emptyBuffer };
    const below = (columns: number): string | undefined =>
      texts({ columns, prompt: { ...emptyPrompt, search } })
        .at(-1)
        ?.trim();
    expect(below(100)).toBe('history 贵州茅台五粮液茅台  1 of 1 · Enter takes · Esc goes back');
    expect(below(56)).toBe('history 州茅台五粮液茅台  1 of 1 · Esc goes back');
    expect(below(20)).toBe('液茅台  1 of 1 ·…');
  });

  it('is always lower than the window and never wider', () => {
    fc.assert(
      fc.property(
        fc.record({
          columns: fc.integer({ min: 20, max: 220 }),
          rows: fc.integer({ min: 1, max: 70 }),
          text: fc.array(fc.constantFrom('select ', '茅台', "'", '\n', 'x'.repeat(50), '🐎', '\t', '\x1b'), {
            maxLength: 60,
          }),
          waiting: fc.nat({ max: 6 }),
          jobs: fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 3 }),
          folded: fc.boolean(),
          notice: fc.boolean(),
          gap: fc.boolean(),
          transaction: fc.constantFrom('none' as const, 'open' as const, 'aborted' as const),
          nextCell: fc.constantFrom(1, 42, 12345),
          top: fc.nat({ max: 50 }),
        }),
        ({ columns, rows, text, waiting, jobs, folded, notice, gap, transaction, nextCell, top }) => {
          const composed = compose(
            state({
              columns,
              rows,
              text: text.join(''),
              running: Array.from({ length: waiting }, (_, n) => ({
                cell: n,
                text: '贵州茅台'.repeat(n * 9),
                elapsedMs: n === 0 ? 3000 : null,
                percent: 50,
              })),
              jobs: jobs.map(high => job(high, columns + 5)),
              folded,
              notice: notice ? [span('茅'.repeat(columns))] : null,
              gap,
              status: { nextCell, transaction, readOnly: true, notes: ['1 session behind'], file: 'market.duckdb' },
              top,
            }),
          );
          const { head, editor, below } = composed;
          const lines = [...head, ...composed.jobs, ...composed.running, ...editor, ...below];
          const height = lines.length + (composed.gap ? 1 : 0) + (composed.spaced ? 1 : 0);
          expect(height).toBeLessThanOrEqual(Math.max(1, rows - 1));
          expect(editor.length).toBeGreaterThanOrEqual(1);
          expect(composed.cursor.row).toBeLessThan(editor.length);
          expect(composed.cursor.column).toBeLessThan(columns);
          for (const line of lines) expect(lineWidth(line)).toBeLessThan(columns);
        },
      ),
      { numRuns: 300 },
    );
  });
});
