/** What completion offers at the built program, kind by kind, and that it is fresh: after a fetch, after a table of the user's own. */
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { endServed, serveDemo } from './served.ts';
import { Home, PseudoTerminal } from './terminal.ts';

let home: Home;
let terminal: PseudoTerminal;

beforeAll(async () => {
  home = new Home();
  const { endpoint } = await serveDemo(home);
  terminal = new PseudoTerminal(['--db', 'offered.duckdb', '--endpoint', endpoint, '--workers', '2'], {
    home,
    columns: 120,
    rows: 40,
    environment: { DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' },
  });
  await terminal.waitFor('new and empty');
});

afterAll(async () => {
  await terminal.close();
  endServed();
  home.remove();
});

const listed = (): boolean => terminal.screen.some(row => row.includes('Esc closes'));

/** Waits for the text at the prompt and no list under it. */
function stands(text: string): Promise<void> {
  return terminal.waitFor(
    ({ screen, cursor }) => (screen[cursor.row] ?? '').replace(/^\[\d+\] ❯ ?/, '') === text && !listed(),
    `“${text}” without a list`,
  );
}

async function cleared(): Promise<void> {
  terminal.press('C-c');
  await terminal.prompt();
}

afterEach(cleared);

async function answered(text: string, answer: RegExp): Promise<void> {
  const number = Number(/^\[(\d+)\]/.exec(terminal.screen[terminal.cursor.row] ?? '')?.[1]);
  terminal.enter(text);
  await terminal.waitFor(answer);
  await terminal.prompt(number + 1);
}

describe('completion', () => {
  it('knows a security once it was fetched: by code, name and initials, in quotes and as an argument', async () => {
    terminal.type("select 1 from daily where code = 'gzm").press('tab').type('t');
    await stands("select 1 from daily where code = 'gzmt");
    await cleared();
    await answered('fetch 600519 000001 --from 2026-11-01', /2 ok/);
    terminal.type("select 1 from daily where code = 'gzm");
    await terminal.waitFor(/sh\.600519 +贵州茅台 +gzmt/);
    await cleared();
    terminal.type("select 1 from daily where code in ('sh.000300', '茅台");
    await terminal.waitFor(/sh\.600519 +贵州茅台 +gzmt/);
    terminal.press('tab');
    await stands("select 1 from daily where code in ('sh.000300', 'sh.600519");
    await cleared();
    terminal.type('fetch payh');
    await terminal.waitFor(/sz\.000001 +平安银行 +payh/);
    terminal.press('tab');
    await terminal.waitFor(/❯ fetch sz\.000001( |$)/m);
    await cleared();
  });

  it('offers functions, keywords, commands and their options, each with what it is', async () => {
    terminal.type('select quart');
    await terminal.waitFor(/quarter\(.*\) +function/);
    await cleared();
    terminal.type('select code from daily order b');
    terminal.press('tab');
    await terminal.waitFor(/order by/);
    await cleared();
    terminal.type('ret');
    await terminal.waitFor(/retry +command/);
    await cleared();
    terminal.type('chart 600519 --peri').press('tab');
    await terminal.waitFor(/chart 600519 --period/);
    await cleared();
  });

  it.each([
    ['pctChg', 'pct_chg'],
    ['preclose', 'pre_close'],
    ['ts_code', 'code'],
    ['trade_date', 'date'],
    ['涨跌幅', 'pct_chg'],
    ['换手率', 'turn'],
  ])('takes %s for %s', async (word, column) => {
    terminal.type(`select ${word}`);
    await terminal.waitFor(({ screen }) => screen.some(row => new RegExp(` ${column} +column`).test(row)), column);
    terminal.press('tab');
    await terminal.waitFor(({ screen, cursor }) => (screen[cursor.row] ?? '').endsWith(`select ${column}`), 'it taken');
    await cleared();
  });

  it('means the same words in an error, and gives a bare code a hint', async () => {
    await answered('select vol from daily;', /did you mean +volume/);
    await answered("select date from daily where code = '600519';", /codes are stored as sh\.600519/);
  });

  it('quotes what needs it, goes back with Shift and Tab, and stays out of comments and other texts', async () => {
    await answered('create table "Mein Depot" ("Kurs am Tag" double, select_me int);', /ms$/m);
    terminal.type('from mein');
    await terminal.waitFor(/Mein Depot +table/);
    terminal.press('tab');
    await stands('from "Mein Depot"');
    await cleared();
    terminal.type('select kurs from "Mein Depot"').press('C-a');
    for (let n = 0; n < 'select kurs'.length; n++) terminal.press('right');
    await terminal.waitFor(({ cursor }) => cursor.column === 6 + 'select kurs'.length && !listed(), 'the cursor there');
    terminal.press('tab');
    await terminal.waitFor(/Kurs am Tag +column +double/);
    terminal.press('tab');
    await terminal.waitFor(/select "Kurs am Tag" from "Mein Depot"$/m);
    await cleared();

    terminal.type('select d.c from daily d').press('C-a');
    for (let n = 0; n < 'select d.c'.length; n++) terminal.press('right');
    await terminal.waitFor(({ cursor }) => cursor.column === 6 + 'select d.c'.length && !listed(), 'the cursor there');
    terminal.press('tab');
    await terminal.waitFor('Esc closes');
    terminal.press('tab');
    await terminal.waitFor(/❯ select d\.(close|code) from daily d$/m);
    const [first] = /d\.(close|code)/.exec(terminal.screen[terminal.cursor.row] ?? '') ?? [];
    terminal.press('tab');
    await terminal.waitFor(({ screen, cursor }) => !(screen[cursor.row] ?? '').includes(first ?? '?'), 'another one');
    terminal.type('\x1b[Z');
    await terminal.waitFor(
      ({ screen, cursor }) => (screen[cursor.row] ?? '').includes(first ?? '?'),
      'the first again',
    );
    terminal.press('escape');
    await cleared();

    terminal.type("select 'from dai").press('tab').type('l');
    await stands("select 'from dail");
    await cleared();
    terminal.type('select 1 /* from dai').press('tab').type('l');
    await stands('select 1 /* from dail');
    await cleared();
  });
});
