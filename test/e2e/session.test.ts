/** A working session at the built program: fetch, look, ask; jobs in the background with the prompt alive below them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alive, childrenOf, Home, PseudoTerminal, program, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];
const gateways: ChildProcess[] = [];

function start(args: readonly string[], options: Partial<TerminalOptions> = {}): PseudoTerminal {
  const terminal = new PseudoTerminal(args, { home, ...options });
  open.push(terminal);
  return terminal;
}

/** A demo market that answers slowly, and a shell on it. */
async function startSlow(latency: number, options: Partial<TerminalOptions> = {}): Promise<PseudoTerminal> {
  const gateway = spawn(process.execPath, [program, 'gateway', '--demo', '--latency', String(latency)], {
    env: { PATH: process.env.PATH, HOME: home.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  gateways.push(gateway);
  const [, port] = await new Promise<RegExpExecArray>(resolve => {
    createInterface({ input: gateway.stdout as NodeJS.ReadableStream }).on('line', line => {
      const listening = /^listening 127\.0\.0\.1 (\d+)$/.exec(line);
      if (listening) resolve(listening);
    });
  });
  const terminal = start(['--db', 'slow.duckdb', '--endpoint', `127.0.0.1:${port}`, '--workers', '5'], options);
  await terminal.prompt(1);
  return terminal;
}

const bar = /^ {2}[━─]+ {2}\d+ of \d+/;

/** Waits for the full block of a job on the screen. */
function block(terminal: PseudoTerminal): Promise<void> {
  return terminal.waitFor(({ screen }) => screen.some(row => bar.test(row)), 'the block of the job');
}

/** A frame may come in pieces; what stays is one prompt and one block. */
function oneBlockAndPrompt(terminal: PseudoTerminal, prompt: string): Promise<void> {
  return terminal.waitFor(
    ({ screen }) =>
      screen.filter(row => row.startsWith(prompt)).length === 1 &&
      screen.filter(row => /^ {2}fetch \d+ (·|[━─])/.test(row)).length === 1,
    'one prompt and one block',
  );
}

describe('a session', () => {
  beforeEach(() => {
    home = new Home();
  });

  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.close();
    for (const gateway of gateways.splice(0)) gateway.kill('SIGKILL');
    home.remove();
  });

  it('goes from fetch to quit on the demo market, aligned and without leftovers', async () => {
    const terminal = start(['--demo']);
    await terminal.waitFor('20 ok');
    await terminal.prompt(1);
    terminal.enter('fetch 600519 000001 300750');
    await terminal.waitFor('3 ok');
    await terminal.waitFor(/sz\.300750 +宁德时代 +\d+ bars/);
    await terminal.prompt(2);

    terminal
      .enter('select i.name, d.close, d.pct_chg, d.turn, yi(d.amount) as yi')
      .enter('  from daily d join instruments i using (code)')
      .enter(" where d.date = session(0) and code in ('sh.600519', 'sz.000001', 'sz.300750', 'sh.000001') order by 1;");
    await terminal.waitFor(/^ +\d+ rows · \d+ ms$/m);
    const [names] = terminal.rows(/^ +name +close +pct_chg +turn +yi$/);
    const [types] = terminal.rows(/^ +varchar +double +double +double +double$/);
    const rows = terminal.rows(/^ +(贵州茅台|平安银行|宁德时代|上证综合指数) +\d/);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of [types, ...rows]) {
      expect(row?.starts[0]).toBe(names?.starts[0]);
      expect(row?.ends.slice(1)).toEqual(names?.ends.slice(1));
    }

    terminal.enter('pool');
    await terminal.waitFor(/size 5 \+ 10/);
    terminal.enter('failures');
    await terminal.waitFor('nothing failed');
    terminal.enter('runs');
    await terminal.waitFor(/2 +\d\d-\d\d \d\d:\d\d +fetch 600519/);
    await terminal.prompt(6);

    const everything = terminal.everything;
    for (let cell = 1; cell <= 5; cell++) {
      expect(everything.filter(row => row.startsWith(`[${cell}] ❯`))).toHaveLength(1);
    }
    expect(everything.filter(row => bar.test(row))).toEqual([]);
    expect(everything.filter(row => /F2 folds/.test(row))).toEqual([]);
    terminal.enter('quit');
    expect(await terminal.exit).toEqual({ code: 0, signal: 0 });
    await expect.poll(() => terminal.bracketedPaste).toBe(false);
  });

  it('keeps the prompt alive below a running job: SQL answers, typing is kept, one block', async () => {
    const terminal = await startSlow(400);
    terminal.enter('fetch --all --from 2026-06-01');
    await block(terminal);
    terminal.enter('select 6 * 7 as answer;');
    await terminal.waitFor(/^ +42$/m);
    await block(terminal);
    terminal.type("select 'half typed");
    await terminal.waitFor(({ screen }) => screen.some(row => /[1-9]\d* of \d+ · .*left/.test(row)), 'a rate');
    await terminal.waitFor(/^\[3\] ❯ select 'half typed$/m);
    await expect.poll(() => terminal.cursor.column).toBe("[3] ❯ select 'half typed".length);
    await expect.poll(() => terminal.raw).not.toContain('\x1b[?25l');
    terminal.press('C-c');
    await terminal.prompt(3);
    await oneBlockAndPrompt(terminal, '[3] ❯');

    terminal.press('f2');
    await terminal.waitFor(/^ {2}fetch \d+ [━─]+ \d+ %/m);
    await expect.poll(() => terminal.screen.filter(row => bar.test(row))).toEqual([]);
    terminal.press('f2');
    await block(terminal);

    terminal.press('C-c');
    await terminal.waitFor(/cancel \d+ stops the job/);
    terminal.enter('cancel 1');
    await terminal.waitFor(/\d+ planned = \d+ ok/);
    await terminal.waitFor(({ screen }) => !screen.some(row => bar.test(row)), 'the block to go');
    await expect.poll(() => terminal.everything.filter(row => bar.test(row))).toEqual([]);
  });

  it('takes a paste of 201 lines while a job redraws, and runs nothing of it', async () => {
    const terminal = await startSlow(300);
    terminal.enter('fetch --all --from 2026-06-01');
    await block(terminal);
    terminal.paste(Array.from({ length: 201 }, (_, n) => `select ${n} as n;\n`).join(''));
    await terminal.waitFor(/rows \d+-202 of 202/);
    await block(terminal);
    await expect.poll(() => terminal.everything.some(row => /1 row/.test(row))).toBe(false);
    terminal.press('C-c');
    await terminal.prompt(2);
    await oneBlockAndPrompt(terminal, '[2] ❯');
  });

  it('leaves one prompt and one block after 100 → 40 → 100 and 6 rows, the scrollback intact', async () => {
    const terminal = await startSlow(300);
    for (let n = 0; n < 8; n++) terminal.enter(`select ${n} as n, '贵州茅台' as name;`);
    await terminal.prompt(9);
    await terminal.waitFor(
      ({ everything }) => everything.filter(row => row.includes('1 row ·')).length === 8,
      '8 answers',
    );
    const answers = terminal.everything.filter(row => /1 row ·|贵州茅台|name$/.test(row));
    terminal.enter('fetch --all --from 2026-06-01');
    await block(terminal);
    for (const [columns, rows] of [
      [40, 30],
      [100, 30],
      [100, 6],
      [100, 30],
      [60, 15],
      [100, 30],
    ] as const) {
      await terminal.resize(columns, rows);
      // A key that is echoed was drawn for the new size.
      terminal.type('x');
      await terminal.waitFor(({ screen, cursor }) => (screen[cursor.row] ?? '').endsWith('❯ x'), 'the key');
      await oneBlockAndPrompt(terminal, '[10] ❯');
      terminal.press('backspace');
      await terminal.prompt(10);
    }
    expect(terminal.everything.filter(row => /1 row ·|贵州茅台|name$/.test(row) && !/page|writing/.test(row))).toEqual(
      answers,
    );
  });

  it('waits for a job where it is told to, and Ctrl-C ends the waiting alone', async () => {
    const terminal = await startSlow(200);
    terminal.enter('fetch --all --from 2026-06-01');
    await block(terminal);
    terminal.enter('wait 1');
    terminal.enter("select 'after' as word;");
    await terminal.waitFor(/queued +\[3\]/);
    terminal.press('C-c');
    await terminal.waitFor(/^ +after$/m);
    await block(terminal);
    terminal.enter('wait').enter("select 'last' as word;");
    await terminal.waitFor(/queued +\[5\]/);
    terminal.enter('cancel 1');
    await terminal.waitFor(/queued +\[6\] cancel 1/);
    terminal.press('C-c');
    await terminal.waitFor(/\d+ planned = /);
    terminal.enter('fetch 600519 --from 2026-01-01').enter('wait').enter("select 'in the end' as word;");
    await terminal.waitFor(/^ +in the end$/m);
    const rows = terminal.everything;
    expect(rows.findIndex(row => /sh\.600519 .*bars/.test(row))).toBeLessThan(
      rows.findIndex(row => /^ +in the end$/.test(row)),
    );
    expect(rows.some(row => /sh\.600519 .*bars/.test(row))).toBe(true);
  });

  it('asks once more before Ctrl-D ends a running job', async () => {
    const terminal = await startSlow(300);
    terminal.enter('fetch --all --from 2026-06-01');
    await block(terminal);
    terminal.press('C-d');
    await terminal.waitFor(/still runs; Ctrl-D again/);
    terminal.press('C-d');
    expect((await terminal.exit).code).toBe(0);
    await expect.poll(() => terminal.bracketedPaste).toBe(false);
  });

  it('leaves no process behind on SIGTERM in a job, and the terminal as it was', async () => {
    const terminal = await startSlow(300);
    terminal.enter('fetch --all --from 2026-06-01');
    await block(terminal);
    const children = await childrenOf(terminal.pid);
    expect(children.length).toBeGreaterThanOrEqual(5);
    terminal.kill('SIGTERM');
    expect((await terminal.exit).code).toBe(143);
    await expect.poll(() => terminal.bracketedPaste).toBe(false);
    await expect.poll(() => terminal.cursorVisible).toBe(true);
    await expect.poll(() => children.filter(alive), { timeout: 10_000 }).toEqual([]);
  });
});
