/** Completion at the built program in a pseudo-terminal. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

function start(options: Partial<TerminalOptions> = {}): PseudoTerminal {
  const terminal = new PseudoTerminal([], { home, ...options });
  open.push(terminal);
  return terminal;
}

describe('completion', () => {
  beforeEach(() => {
    home = new Home();
  });

  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.close();
    home.remove();
  });

  it('offers columns, codes, options, takes with Tab and closes with Escape', async () => {
    const terminal = start({ columns: 130 });
    await terminal.prompt(1);
    await terminal.waitFor(/new and empty|daily/);
    terminal.enter(
      "insert into instruments (code, name, pinyin, kind) values ('sh.600519', '贵州茅台', 'gzmt', 'stock');",
    );
    await terminal.prompt(2);
    terminal.type("select '贵州茅台' as 名称 from daily d where d.pre");
    await terminal.waitFor(/pre_close +column +double/);
    terminal.press('tab');
    await terminal.waitFor(/where d\.pre_close$/m);
    terminal.type(" > 1 and code = 'gzm");
    await terminal.waitFor(/sh\.600519 +贵州茅台 +gzmt/);
    const [row] = terminal.rows(/sh\.600519 +贵州茅台 +gzmt/);
    expect(row?.starts[0]).toBe(terminal.cursor.column - 3);
    terminal.press('escape');
    await terminal.waitFor(({ screen }) => !screen.some(text => text.includes('Esc closes')));
    await terminal.waitFor(/code = 'gzm$/m);
    terminal.press('tab');
    await terminal.waitFor(/code = 'sh\.600519$/m);
    terminal.press('C-c').type('fetch --per');
    await terminal.waitFor(/--period +option/);
    terminal.press('C-c').paste('select clo\tse');
    await terminal.waitFor(/select clo {2}se|select clo\\tse/);
    await expect.poll(() => terminal.screen.some(text => text.includes('Esc closes'))).toBe(false);
  });

  it('offers a table that a statement made, also to a text typed while it ran, paths, and nothing in a comment', async () => {
    const terminal = start({ columns: 60, rows: 15 });
    await terminal.prompt(1);
    terminal.enter('create table mybars as select count(*) as n from range(300000000) where hash(range) > 0;');
    terminal.type('from myb');
    await terminal.waitFor(/mybars +table/);
    terminal.press('tab');
    await terminal.waitFor(/\[2\] ❯ from mybars$/m);
    terminal.press('C-c').enter('create table mybars_other as from mybars;');
    await terminal.prompt(3);
    terminal.type('from myb');
    await terminal.waitFor(/mybars_other +table/);
    for (const text of terminal.screen) expect(text.length).toBeLessThan(60);
    terminal.press('C-c').type('-- from myb').press('tab').type('a');
    await terminal.waitFor(/\[3\] ❯ -- from myba$/m);
    await expect.poll(() => terminal.screen.some(text => text.includes('Esc closes'))).toBe(false);
    terminal.press('C-c').type(`import ${home.folder}/`).press('tab');
    await terminal.waitFor(/work\/ +path/);
  });

  it('fits a window of six rows', async () => {
    const terminal = start({ columns: 40, rows: 6 });
    await terminal.prompt(1);
    terminal.type('from ins');
    await terminal.waitFor(/instruments/);
    await expect.poll(() => terminal.screen.filter(text => text.startsWith('[1]'))).toHaveLength(1);
    for (const text of terminal.screen) expect(text.length).toBeLessThan(40);
  });
});
