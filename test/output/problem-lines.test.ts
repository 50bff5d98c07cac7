/** Errors as people see them: what, why, where, what next; never wider than the screen. */
import { describe, expect, it } from 'vitest';
import { Problem } from '../../src/market/problem.ts';
import { cellWidth } from '../../src/output/cells.ts';
import { problemLines } from '../../src/output/problem-lines.ts';
import type { ProblemView } from '../../src/output/view.ts';
import { screen, texts, widest, widths } from './rows.ts';

const text = "select '贵州茅台' as 名称, 收盘价x from daily;";
const view: ProblemView = {
  kind: 'problem',
  problem: new Problem('failed', 'daily has no column 收盘价x'),
  place: { line: 1, column: 22, length: 4, text },
  candidates: ['close', '收盘价'],
  statement: null,
};

describe('a problem', () => {
  it('names line and column and puts the caret under the token in cells', () => {
    const lines = texts(problemLines(view, screen(100)));
    expect(lines).toEqual([
      '  error  line 1, column 22: daily has no column 收盘价x',
      "         select '贵州茅台' as 名称, 收盘价x from daily;",
      `         ${' '.repeat(27)}^^^^^^^`,
      '         did you mean  close  收盘价 ?',
    ]);
    const [, source, carets] = lines as [string, string, string];
    expect(carets.indexOf('^')).toBe(cellWidth(source.slice(0, source.indexOf('收盘价x'))));
  });

  it.each(widths)('fits %d columns and keeps the token in sight', columns => {
    for (const column of [1, 22, 150, 399]) {
      const token = '收盘价x';
      const long = [...'select 名称, '.repeat(40).slice(0, column - 1), ...token, ...' from daily'.repeat(20)];
      const lines = problemLines(
        { ...view, place: { line: 1, column, length: 4, text: long.join('') } },
        screen(columns),
      );
      expect(widest(lines)).toBeLessThan(columns);
      const rows = texts(lines);
      const caret = rows.findIndex(row => /^\s*\^+$/.test(row));
      expect(caret).toBeGreaterThan(0);
      const [row, marks] = [rows[caret - 1] as string, rows[caret] as string];
      if (columns > 20) expect(row).toContain(token);
      if (columns > 20) expect(marks.indexOf('^')).toBe(cellWidth(row.slice(0, row.lastIndexOf(token))));
    }
  });

  it('stands at the end of the text', () => {
    const lines = texts(
      problemLines({ ...view, place: { line: 2, column: 7, length: 1, text: 'select' } }, screen(80)),
    );
    expect(lines.slice(1, 3)).toEqual(['         select', '               ^']);
  });

  it('says what to do next and never obeys what it quotes', () => {
    const problem = new Problem('refused', 'the provider said \u001b[2J', { next: 'sync  goes on after 03:40' });
    expect(texts(problemLines({ ...view, problem, place: null, candidates: [] }, screen(80)))).toEqual([
      '  refused  the provider said \\x1b[2J',
      '           sync  goes on after 03:40',
    ]);
  });
});
