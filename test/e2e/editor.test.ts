/** Typing, at the built program in a pseudo-terminal: nothing is lost, nothing runs by itself, the terminal is given back. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive, Home, PseudoTerminal, program, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

function start(options: Partial<TerminalOptions> = {}, ...args: string[]): PseudoTerminal {
  const terminal = new PseudoTerminal(args, { home, ...options });
  open.push(terminal);
  return terminal;
}

/** An interactive shell of the system, with the program to be started in it. */
function startInShell(options: Partial<TerminalOptions> = {}): PseudoTerminal {
  const bash = existsSync('/bin/bash') ? ['/bin/bash', '--norc', '--noprofile', '-i'] : ['/bin/sh', '-i'];
  return start({ command: bash, environment: { PS1: 'sh$ ' }, ...options });
}

const command = `${process.execPath} ${program}`;

describe('at the prompt', () => {
  beforeEach(() => {
    home = new Home();
  });

  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.close();
    home.remove();
  });

  it('shows the prompt, answers SQL and leaves with Ctrl-D', async () => {
    const terminal = start();
    await terminal.prompt(1);
    await expect.poll(() => terminal.cursor.column).toBe(6);
    terminal.enter("select '贵州茅台' as name, 42 as answer;");
    await terminal.waitFor(/1 row/);
    await terminal.prompt(2);
    const [head] = terminal.rows(/^ +name +answer$/);
    const [row] = terminal.rows(/^ +贵州茅台 +42$/);
    expect(head?.starts[0]).toBe(row?.starts[0]);
    expect(head?.ends[1]).toBe(row?.ends[1]);
    await expect.poll(() => terminal.everything.filter(text => text.includes('1 row'))).toHaveLength(1);
    terminal.press('C-d');
    expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
    await expect.poll(() => terminal.bracketedPaste).toBe(false);
    await expect.poll(() => terminal.cursorVisible).toBe(true);
  });

  it('keeps what is typed before the prompt appears', async () => {
    const terminal = start();
    terminal.type('select 4');
    terminal.type('2 as early;\rselect 43 as late');
    await terminal.waitFor(/^\[2\] ❯ select 43 as late$/m);
    await terminal.waitFor(/^ +42$/m);
    await expect
      .poll(() => terminal.everything.filter(row => row.startsWith('[1]')))
      .toEqual(['[1] ❯ select 42 as early;']);
  });

  it('edits many lines, with continuation prompts that say what is open', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.enter('select (1').enter(" + 2) as sum, '茅").type("台' as name;");
    await terminal.waitFor(/as name;/);
    const rows = terminal.screen.filter(row => row !== '').slice(-3);
    expect(rows).toEqual(['[1] ❯ select (1', "   (…  + 2) as sum, '茅", "   '… 台' as name;"]);
    terminal.press('enter');
    await terminal.waitFor(/^ +3 +茅\\n台$/m);
  });

  it('wraps a long line, with the cursor in the right cell', async () => {
    const terminal = start({ columns: 40 });
    await terminal.prompt(1);
    terminal.type("select '贵州茅台贵州茅台贵州茅台贵州茅台贵州'");
    await terminal.waitFor(({ screen }) => screen.some(row => row.endsWith("贵州'")));
    const last = terminal.screen.filter(row => row !== '').at(-1);
    expect(last).toBe("      贵州茅台贵州'");
    await expect.poll(() => terminal.cursor.column).toBe(6 + 13);
    terminal.press('backspace', 'backspace');
    await terminal.waitFor(({ cursor }) => cursor.column === 6 + 10);
  });

  it('clears, cancels and says how to leave with Ctrl-C; never leaves', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.type('select 1').press('C-c');
    await terminal.prompt(1);
    terminal.press('C-c');
    await terminal.waitFor(/Ctrl-D.* leaves/);
    terminal.enter('select count(*) from range(1000000000000) a, range(1000000) b;');
    await terminal.waitFor(/running +\[1\]/);
    for (let n = 0; n < 10; n++) terminal.press('C-c');
    await terminal.prompt(2);
    await terminal.waitFor('cancelled');
    terminal.enter('select 7 * 6 as answer;');
    await terminal.waitFor(/^ +42$/m);
  });

  it('shows a waiting statement and runs it after', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.enter('select count(*) from range(1000000000000) a, range(1000000) b;');
    await terminal.waitFor(/running +\[1\]/);
    terminal.enter("select 'after' as word;");
    await terminal.waitFor(/queued +\[2\] select 'after' as word;/);
    terminal.press('C-c');
    await terminal.waitFor(/^ +after$/m);
    await terminal.prompt(3);
    const rows = terminal.everything;
    expect(rows.findIndex(row => row.startsWith('[2] ❯'))).toBeGreaterThan(
      rows.findIndex(row => row.includes('cancelled')),
    );
    expect(rows.filter(row => /^ +after$/.test(row))).toHaveLength(1);
  });

  it('shows an open transaction and read-only mode in the prompt', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.enter('begin;');
    await terminal.waitFor(/^\[2\] tx ❯$/m);
    terminal.enter("select error('stop');");
    await terminal.waitFor(/^\[3\] tx failed ❯$/m);
    terminal.enter('rollback;');
    await terminal.waitFor(/^\[4\] ❯$/m);
    terminal.press('C-d');
    await terminal.exit;
    const reader = start({}, '--read-only');
    await reader.waitFor(/^\[1\] ro ❯$/m);
  });

  it('puts the caret under the token in cells', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.enter("select '贵州茅台' as 名称, 收盘价x from daily;");
    await terminal.waitFor(/^ +\^+$/m);
    const shown = terminal.rows(/^ +select .*收盘价x from daily/).at(-1);
    const [caret] = terminal.rows(/^ +\^+$/);
    const before = shown?.text.slice(0, shown.text.indexOf('收盘价x')) ?? '';
    const cells = [...before].reduce((sum, character) => sum + (character > '\u2e80' ? 2 : 1), 0);
    expect(caret?.starts[0]).toBe(cells);
    expect(caret?.ends[0]).toBe(cells + 7);
  });

  it('runs nothing of a paste of 201 lines until Enter', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.paste(Array.from({ length: 201 }, (_, n) => `select ${n} as n;\n`).join(''));
    await terminal.waitFor(/of 202/);
    terminal.type('--end');
    await terminal.waitFor('--end');
    await expect.poll(() => terminal.everything.some(row => /1 row/.test(row))).toBe(false);
    await expect
      .poll(() => terminal.screen.length - terminal.screen.findIndex(row => row.includes('select')))
      .toBeLessThanOrEqual(30);
    terminal.press('C-c');
    await terminal.prompt(1);
  });

  it('shows control characters of a paste instead of obeying them', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.paste("select '\x1b[2J\x07\x03';");
    await terminal.waitFor("select '\\x1b[2J\\x07\\x03';");
    await expect.poll(() => terminal.everything[0]).toMatch(/^duckline/);
  });

  it('finds history again in the next start: up, search, suggestion', async () => {
    const first = start({}, '--db', 'history.duckdb');
    await first.prompt(1);
    first.enter("select 'one' as word,").enter('  1 as n;');
    await first.waitFor(/1 row/);
    first.enter("select 'two' as word;");
    await first.waitFor(/1 row[\s\S]*1 row/);
    first.press('C-d');
    await first.exit;
    const second = start({}, '--db', 'history.duckdb');
    await second.prompt(1);
    second.press('up');
    await second.waitFor(/\[1\] ❯ select 'two' as word;$/m);
    second.press('up');
    await second.waitFor(/\[1\] ❯ select 'one' as word,\n +… {3}1 as n;/);
    second.press('C-c').press('C-r').type('two');
    await second.waitFor(/history two +1 of \d+/);
    second.press('enter', 'C-a').type('/**/');
    await second.waitFor(/\[1\] ❯ \/\*\*\/select 'two'/);
    second.press('C-c').type("select 'o");
    await second.waitFor(/\[1\] ❯ select 'one' as word,/);
    second.press('right');
    await second.waitFor(/ +1 as n;/);
  });

  it('gives the terminal back after quit, so that the shell behind it is as before', async () => {
    const terminal = startInShell();
    await terminal.waitFor('sh$');
    terminal.enter(`stty -a > before; ${command}; echo left $?; stty -a > after`);
    await terminal.prompt(1);
    await expect.poll(() => terminal.bracketedPaste).toBe(true);
    terminal.enter('quit');
    await terminal.waitFor(/^left 0$/m);
    await terminal.waitFor(() => existsSync(home.path('work', 'after')));
    terminal.enter('echo done-$((1+1))');
    await terminal.waitFor('done-2');
    expect(readFileSync(home.path('work', 'after'), 'utf8')).toBe(readFileSync(home.path('work', 'before'), 'utf8'));
  });

  it('stops on Ctrl-Z and comes back with fg', async () => {
    const terminal = startInShell();
    await terminal.waitFor('sh$');
    terminal.enter(command);
    await terminal.prompt(1);
    terminal.type('select 4').press('C-z');
    await terminal.waitFor(/Stopped/);
    terminal.enter('stty -a | grep -c -- -icanon; echo shell-$((1+1))');
    await terminal.waitFor('shell-2');
    terminal.enter('fg');
    await terminal.waitFor(/^\[1\] ❯ select 4$/m);
    terminal.enter('2;');
    await terminal.waitFor(/^ +42$/m);
    await terminal.prompt(2);
    await expect.poll(() => terminal.bracketedPaste).toBe(true);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('restores the terminal on %s', async (signal, code) => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.enter('select count(*) from range(1000000000000) a, range(1000000) b;');
    await terminal.waitFor(/running +\[1\]/);
    terminal.kill(signal);
    expect((await terminal.exit).code).toBe(code);
    await expect.poll(() => terminal.bracketedPaste).toBe(false);
    await expect.poll(() => terminal.cursorVisible).toBe(true);
    expect(alive(terminal.pid)).toBe(false);
  });

  it('edits in an editor of the user', async () => {
    writeFileSync(home.path('editor.sh'), '#!/bin/sh\nprintf "select 42\\n  as answer;\\n" > "$1"\n', { mode: 0o755 });
    const terminal = start({ environment: { EDITOR: home.path('editor.sh') } });
    await terminal.prompt(1);
    terminal.type('x').press('C-x', 'C-e');
    await terminal.waitFor(/\[1\] ❯ select 42\n +… {3}as answer;/);
    terminal.press('enter');
    await terminal.waitFor(/^ +42$/m);
  });

  it('keeps one prompt when the window changes its size', async () => {
    const terminal = start();
    await terminal.prompt(1);
    terminal.enter("select repeat('x', 60) as wide, 1 as n;");
    await terminal.waitFor(/1 row/);
    terminal.type("select 'a text that is longer than the narrow window' as text");
    for (const [columns, rows] of [
      [40, 30],
      [100, 30],
      [100, 6],
      [100, 30],
      [60, 15],
    ] as const) {
      await terminal.resize(columns, rows);
      terminal.type('.');
      const dots = terminal;
      await dots.waitFor(({ screen, cursor }) => (screen[cursor.row] ?? '').trimEnd().endsWith('.'));
      await terminal.waitFor(({ screen }) => screen.filter(row => row.startsWith('[2] ❯')).length === 1, 'one prompt');
    }
    const { everything } = terminal;
    expect(everything.filter(row => row.startsWith('[1] ❯')).length, everything.join('\n')).toBe(1);
    expect(everything.filter(row => row.startsWith('duckline 0')).length, everything.join('\n')).toBe(1);
  });

  it('works in a CI environment, without colour, and in a C locale', async () => {
    const ci = start({ environment: { CI: 'true', CONTINUOUS_INTEGRATION: '1' } }, '--db', 'ci.duckdb');
    await ci.prompt(1);
    ci.enter('select 42 as answer;');
    await ci.waitFor(/^ +42$/m);

    const plain = start({ environment: { NO_COLOR: '1', LANG: 'C' } });
    await plain.waitFor(/^\[1\] >$/m);
    plain.enter('select 42 as answer;');
    await plain.waitFor(/^ +42$/m);
    await expect.poll(() => plain.raw).not.toMatch(/\x1b\[[0-9;]*[1-9][0-9;]*m/);
    await expect.poll(() => plain.screen.join('')).not.toMatch(/[❯…·]/);
  });

  it('works line by line where the cursor cannot be moved', async () => {
    const terminal = start({ environment: { TERM: 'dumb' } });
    await terminal.waitFor(/^\[1\] ❯/m);
    terminal.enter('select 42').enter('as answer;');
    await terminal.waitFor(/^ +42$/m);
    await expect.poll(() => terminal.raw).not.toContain('\x1b');
    terminal.enter('quit');
    expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
  });

  it('refuses a window that is too narrow, in a sentence', async () => {
    const terminal = start({ columns: 15 });
    expect((await terminal.exit).code).toBe(2);
    await terminal.waitFor(({ raw }) => raw.replace(/\s+/g, ' ').includes('15 columns wide'));
  });

  it('works at 20 columns', async () => {
    const terminal = start({ columns: 20, rows: 10 });
    await terminal.prompt(1);
    terminal.enter('select 42 as answer;');
    await terminal.prompt(2);
    await terminal.waitFor(/^ +42$/m);
  });
});
