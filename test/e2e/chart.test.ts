/** Charts at a real terminal: in the scrollback, and over the whole window with the keys that move in it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal } from './terminal.ts';

let home: Home;
let terminal: PseudoTerminal;

beforeAll(async () => {
  home = new Home();
  terminal = new PseudoTerminal(['--demo'], { home });
  await terminal.waitFor('20 ok');
  await terminal.prompt(1);
});

afterAll(async () => {
  await terminal.close();
  home.remove();
});

describe('chart', () => {
  it('draws candles in half a window, prices and dates along them', async () => {
    terminal.enter('chart gzmt');
    await terminal.waitFor(/sh\.600519 贵州茅台 · daily qfq/);
    await terminal.prompt(2);
    const rows = terminal.screen;
    const head = rows.findIndex(row => row.includes('daily qfq'));
    const foot = rows.findIndex(row => /^ +\d\d-\d\d /.test(row));
    expect(foot - head).toBe(13);
    expect(rows.slice(head + 1, foot).join('')).toMatch(/[┃║]/);
    expect(rows[foot - 1]).toMatch(/^ +vol +[▁▂▃▄▅▆▇█]/);
    expect(rows.join('\n')).toContain('F3 opens it over the whole window');
    terminal.press('f3');
    await terminal.waitFor(
      ({ alternate, screen }) => alternate && screen[0]?.includes('sh.600519') === true,
      'the chart',
    );
    terminal.press('escape');
    await terminal.prompt(2);
    await expect.poll(() => terminal.screen).toEqual(rows);
  });

  it('opens over the whole window: cross-hair, zoom, another code, and the prompt as it was', async () => {
    terminal.enter('chart 600519 000001 --full');
    await terminal.waitFor(
      ({ alternate, screen }) => alternate && /Esc leaves$/.test(screen.at(-1) ?? ''),
      'the chart',
    );
    await expect.poll(() => terminal.screen[0]).toContain('sh.600519 贵州茅台');
    terminal.press('left');
    await terminal.waitFor(/2026-11-20 .*O \d+\.\d\d/);
    terminal.press('left', 'up');
    await terminal.waitFor(/2026-11-19 .*O \d+\.\d\d/);
    terminal.press('pagedown');
    await terminal.waitFor(/sz\.000001 平安银行 · daily qfq/);
    terminal.press('tab');
    await terminal.waitFor(/daily hfq/);
    terminal.type('gzmt');
    await terminal.waitFor(/gzmt {2}sh\.600519 贵州茅台/);
    terminal.press('enter');
    await terminal.waitFor(/sh\.600519 贵州茅台 · daily hfq/);
    terminal.press('escape');
    await terminal.prompt(3);
    await expect.poll(() => terminal.alternate).toBe(false);
    await expect.poll(() => terminal.screen.some(row => row.includes('chart 600519 000001 --full'))).toBe(true);
  });

  it('walks through the codes of the newest result, and draws its rows', async () => {
    terminal.enter(
      "select code, date, close from daily where code in ('sz.000001', 'sh.600519') order by code desc, date;",
    );
    await terminal.waitFor(/F3|rows ·/);
    await terminal.prompt(4);
    terminal.enter('chart 3 --x date --y close --by code');
    await terminal.waitFor(/\[3\] · close by date · sz\.000001 · sh\.600519/);
    await terminal.prompt(5);
    terminal.enter('chart 600519 --full');
    await terminal.waitFor(
      ({ alternate, screen }) => alternate && /Esc leaves$/.test(screen.at(-1) ?? ''),
      'the chart',
    );
    terminal.press('pagedown');
    await terminal.waitFor(/sz\.000001 平安银行 · daily qfq/);
    terminal.press('escape');
    await terminal.prompt(6);
  });

  it('draws any result, and says in one sentence what it cannot', async () => {
    terminal.enter('chart "select kind, count(*) as n from instruments group by all order by n desc"');
    await terminal.waitFor(/stock +\d+ +█/);
    terminal.enter('chart "select 1 as a" --y b');
    await terminal.waitFor(/the result has no column b; it has a\./);
    terminal.enter('chart 600519 --period 5');
    await terminal.waitFor(/no min5 bars of sh\.600519 贵州茅台 are stored/);
  });
});
