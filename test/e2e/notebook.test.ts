/** Cells at the built program: results as tables, run again, edited, saved, opened, and brought back after a kill. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

beforeEach(() => {
  home = new Home();
});

afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  home.remove();
});

async function start(args: readonly string[] = [], options: Partial<TerminalOptions> = {}): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal(args, { home, ...options });
  open.push(terminal);
  await terminal.prompt(1);
  return terminal;
}

async function typed(terminal: PseudoTerminal, text: string, next: number): Promise<void> {
  terminal.type(`${text}\r`);
  await terminal.prompt(next);
}

/** Cells in the file of the shell that runs. */
function savedCells(): number {
  const folder = home.path('state', 'duckline');
  const [name] = readdirSync(folder).filter(file => /^cells-.*\.json$/.test(file));
  return name === undefined ? 0 : JSON.parse(readFileSync(join(folder, name), 'utf8')).cells.length;
}

const says = (terminal: PseudoTerminal, text: RegExp) =>
  terminal.waitFor(({ screen }) => screen.some(row => text.test(row)), String(text));

describe('a notebook', () => {
  it('reads results again, marks what is stale, reruns, edits, saves and opens', async () => {
    const terminal = await start();
    await typed(terminal, 'create table t as select 40 as n;', 2);
    await typed(terminal, 'let two 2', 3);
    await typed(terminal, 'select n + $two as answer from t;', 4);
    await says(terminal, /^ +42$/);
    await typed(terminal, 'select answer + 1000 as more from _3;', 5);
    await says(terminal, /^ +1042$/);
    await typed(terminal, 'update t set n = 60;', 6);
    await says(terminal, /cell 3 is stale/);
    await typed(terminal, 'rerun stale', 7);
    await says(terminal, /^ +62$/);
    await typed(terminal, 'save notes.sql 1 3 4', 8);
    await says(terminal, /3 cells in notes\.sql/);
    expect(readFileSync(home.path('work', 'notes.sql'), 'utf8')).toContain('select n + $two as answer from t;');
    terminal.type('edit 3\r');
    await says(terminal, /^\[9\] ❯ select n \+ \$two as answer from t;/);
    terminal.type('\x15');
    await typed(terminal, 'open notes.sql', 13);
    await says(terminal, /3 cells of notes\.sql, not run yet/);
  });

  it('marks what a fetch made stale, and waits for one that a file begins', async () => {
    const terminal = await start(['--demo']);
    await says(terminal, /20 planned = 20 ok/);
    await typed(
      terminal,
      "select count(distinct code) as codes from daily_qfq where code in ('sh.600036', 'sh.601166');",
      2,
    );
    await says(terminal, /^ +1 row/);
    writeFileSync(
      home.path('work', 'notes.sql'),
      "-- %% [duckline]\n-- fetch 601166 --from 2026-11-01\n-- %%\nselect 'then ' || count(*) as said from daily where code = 'sh.601166'\n",
    );
    await typed(terminal, 'run notes.sql', 3);
    await says(terminal, /^ {2}then 15/);
    await says(terminal, /cell 1 is stale/);
  });

  it('keeps the cells of a shell whose window was closed', async () => {
    const closed = await start();
    await typed(closed, 'select 5 as five;', 2);
    await says(closed, /^ +5$/);
    await expect.poll(() => savedCells(), { timeout: 20_000 }).toBe(1);
    process.kill(closed.pid, 'SIGHUP');
    await closed.exit;
    await says(await start(), /the last shell was killed; its 1 cell can be brought back/);
  });

  it('brings back the cells of a shell that was killed, once, and sweeps its results', async () => {
    const killed = await start();
    await typed(killed, "select '贵州茅台' as name;", 2);
    await typed(killed, 'let code sh.600519', 3);
    await says(killed, /\$code is the text sh\.600519/);
    await expect.poll(() => savedCells(), { timeout: 20_000 }).toBe(2);
    process.kill(killed.pid, 'SIGKILL');
    await killed.exit;
    const next = await start();
    await says(next, /the last shell was killed; its 2 cells can be brought back: {2}open --last/);
    await typed(next, 'open --last', 4);
    await typed(next, 'rerun 2', 5);
    await says(next, /^ {2}贵州茅台$/);
    expect(readdirSync(tmpdir()).filter(name => name.startsWith(`duckline-cells-${killed.pid}-`))).toEqual([]);
    next.type('quit\r');
    await next.exit;
    expect(savedCells()).toBe(0);
    const last = await start();
    await typed(last, 'select 1;', 2);
    expect(last.raw).not.toContain('was killed');
  });
});
