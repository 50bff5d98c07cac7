/** A result over the whole window at the built program: read from the engine, the scrollback as it was. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

async function start(columns = 100, rows = 30): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal(['--db', 'rows.duckdb'], { home, columns, rows });
  open.push(terminal);
  await terminal.prompt(1);
  return terminal;
}

/** The viewer with its pointer on a row of this text. */
function at(terminal: PseudoTerminal, text: string | RegExp): Promise<void> {
  return terminal.waitFor(({ alternate, screen }) => {
    const row = screen.find(line => line.startsWith('❯ ')) ?? '';
    return alternate && (typeof text === 'string' ? row.includes(text) : text.test(row));
  }, `the pointer at ${text}`);
}

beforeEach(() => {
  home = new Home();
});

afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  home.remove();
});

describe('the viewer', () => {
  it('walks through a million rows: pages, end, search, a row, sorted, copied, as a form', async () => {
    const terminal = await start();
    terminal.enter("select range as number, '第' || range || '号' as 名称, range * 1.5 as half from range(1000000);");
    await terminal.waitFor('F3 opens it whole');
    await terminal.prompt(2);
    const before = [...terminal.everything];
    terminal.press('f3');
    await at(terminal, /^❯ +0 │ 第0号/);
    await terminal.waitFor('1,000,000 rows · 3 columns');
    terminal.press('pagedown');
    await at(terminal, '第26号');
    terminal.press('end');
    await at(terminal, '第999999号');
    await terminal.waitFor('row 1,000,000');
    terminal.press('home').type('/77777号').press('enter');
    await at(terminal, '第77777号');
    terminal.type('n');
    await at(terminal, '第177777号');
    terminal.type('N');
    await at(terminal, '第77777号');
    terminal.type(':500001').press('enter');
    await at(terminal, '第500000号');
    terminal.press('right').type('y');
    await terminal.waitFor('copied 第500000号');
    await expect.poll(() => terminal.raw).toContain(`\x1b]52;c;${Buffer.from('第500000号').toString('base64')}\x07`);
    terminal.press('left', 'tab');
    await at(terminal, '第0号');
    terminal.press('tab');
    await at(terminal, '第999999号');
    terminal.press('enter');
    await terminal.waitFor(/^ +名称 +varchar +第999999号$/m);
    terminal.press('right');
    await terminal.waitFor(/^ +名称 +varchar +第999998号$/m);
    terminal.press('escape');
    await at(terminal, '第999998号');
    const head = terminal.rows(/↓number +│ 名称/)[0];
    const row = terminal.rows(/^❯/)[0];
    expect(row?.ends.at(-1)).toBe(head?.ends.at(-1));
    terminal.press('escape');
    await terminal.prompt(2);
    await expect.poll(() => terminal.everything).toEqual(before);
  });

  it('reads what only the prompt sees, and keeps what is there when it cannot be read', async () => {
    const terminal = await start(60, 15);
    terminal.enter('create temp table mine as select range as n from range(200000);').enter('from mine;');
    await terminal.waitFor('F3 opens it whole');
    await terminal.prompt(3);
    terminal.press('f3');
    await terminal.waitFor('200,000 rows · 1 column');
    terminal.press('end');
    await at(terminal, '199999');
    terminal.press('escape');
    await terminal.prompt(3);
    terminal.enter('drop table mine;');
    await terminal.prompt(4);
    terminal.enter('view 2');
    await at(terminal, /^❯ +0/);
    terminal.press('end');
    await terminal.waitFor('cannot read');
    await at(terminal, /^❯ +\d+$/);
    terminal.press('C-c');
    await terminal.prompt(5);
  });

  it('says so when there is nothing to open', async () => {
    const terminal = await start(24, 10);
    terminal.press('f3');
    await terminal.waitFor('nothing to open');
    terminal.enter('select 1 as one, 2 as two;');
    await terminal.waitFor('1 row');
    await terminal.prompt(2);
    terminal.press('escape').type('3');
    await at(terminal, /^❯ +1 │ +2/);
    terminal.press('escape');
    await terminal.prompt(2);
  });
});
