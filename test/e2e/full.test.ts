/** Full-screen views from outside: the window is theirs while they are open, and afterwards as if they had not been. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal, program, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

function start(args: readonly string[], options: Partial<TerminalOptions> = {}): PseudoTerminal {
  const terminal = new PseudoTerminal(args, { home, ...options });
  open.push(terminal);
  return terminal;
}

beforeEach(() => {
  home = new Home();
});

afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  home.remove();
});

const db = ['--db', 'views.duckdb'];

/** A prompt with thirty rows above it, and the pool's view over them. */
async function viewed(options: Partial<TerminalOptions> = {}): Promise<{ terminal: PseudoTerminal; before: string[] }> {
  const terminal = start(db, options);
  await terminal.prompt(1);
  terminal.enter('select unnest(range(100, 130)) as row_number;');
  await terminal.waitFor(/30 rows/);
  await terminal.prompt(2);
  const before = terminal.everything.slice(0, -1);
  terminal.enter('pool --watch');
  await terminal.waitFor(/^ +file /m);
  return { terminal, before };
}

describe('a full-screen view', () => {
  it('leaves the scrollback as it was, and what is typed after it to the prompt', async () => {
    const { terminal, before } = await viewed();
    await expect.poll(() => terminal.screen.filter(row => /^\[|^ +1\d\d$/.test(row))).toEqual([]);
    terminal.press('C-c').type('select 40 + 2').enter(';');
    await terminal.waitFor(/^ +42$/m);
    await terminal.prompt(4);
    await expect.poll(() => terminal.everything.slice(0, before.length)).toEqual(before);
    await expect.poll(() => terminal.everything.filter(row => row.includes('[3] ❯ select 40 + 2;'))).toHaveLength(1);
  });

  it.each([
    ['narrower and wide again', [40, 30], [100, 30]],
    ['lower and high again', [100, 6], [100, 30]],
    ['higher', [100, 45]],
    ['lower, and stays so', [60, 15]],
  ] as [string, ...[number, number][]][])(
    'fills a window that gets %s, with one prompt after it',
    async (_, ...sizes) => {
      const { terminal } = await viewed();
      for (const [columns, rows] of sizes) {
        await terminal.resize(columns, rows);
        await terminal.waitFor(
          ({ screen }) => /^ +connections/.test(screen[0] ?? '') && /Esc leaves$/.test(screen[rows - 1] ?? ''),
          'the view in the whole of the new window',
        );
      }
      terminal.press('escape');
      await terminal.prompt(3);
      terminal.enter('select 6 * 7 as answer;');
      await terminal.waitFor(/^ +42$/m);
      await terminal.prompt(4);
      const rows = terminal.everything;
      expect(rows.filter(row => /^ +1\d\d$/.test(row)).map(Number)).toEqual(
        [...Array(22).keys()].map(row => row + 100),
      );
      for (const cell of [1, 2, 3, 4]) expect(rows.filter(row => row.startsWith(`[${cell}] ❯`))).toHaveLength(1);
    },
  );

  it('does not take the window from whoever types on', async () => {
    const terminal = start(db);
    await terminal.prompt(1);
    terminal.enter('select count(*) from range(50000000) t(x) where x % 7 = 1;').enter('tables').type('select 7');
    await terminal.waitFor('tables NAME  shows its columns');
    await terminal.waitFor(/^\[3\] ❯ select 7$/m);
    await expect.poll(() => terminal.alternate).toBe(false);
    terminal.press('escape').type('3');
    await terminal.waitFor(({ alternate }) => alternate, 'the result');
    terminal.press('escape');
    await terminal.waitFor(/^\[3\] ❯ select 7$/m);
  });

  it('holds the end of a job until the prompt is back', async () => {
    const terminal = start(['--demo']);
    await terminal.waitFor('20 ok');
    await terminal.prompt(1);
    terminal.enter('fetch --all --from 2026-10-01').enter('pool --watch');
    await terminal.waitFor(/Esc leaves$/m);
    await terminal.waitFor(/workers +none/);
    await expect.poll(() => terminal.screen.join('\n')).not.toContain('planned');
    terminal.press('escape');
    await terminal.waitFor(/fetch 2 +\d+ planned/);
    await terminal.prompt(3);
  });

  it('stops on Ctrl-Z and comes back with fg', async () => {
    const terminal = start([], {
      environment: { PS1: 'sh$ ', ENV: '' },
      command: ['/bin/sh', '-i'],
    });
    await terminal.waitFor('sh$');
    terminal.enter(`${process.execPath} ${program} --db views.duckdb`);
    await terminal.prompt(1);
    terminal.enter('pool --watch');
    await terminal.waitFor(/Esc leaves$/m);
    terminal.press('C-z');
    await terminal.waitFor(/Stopped/);
    await expect.poll(() => terminal.alternate).toBe(false);
    terminal.enter('echo shell-$((1+1))');
    await terminal.waitFor('shell-2');
    terminal.enter('fg');
    await terminal.waitFor(/Esc leaves$/m);
    await expect.poll(() => terminal.alternate).toBe(true);
    terminal.press('C-c');
    await terminal.prompt(2);
    await expect.poll(() => terminal.screen.filter(row => row.includes('shell-2'))).toHaveLength(1);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('gives the first screen back on %s', async (signal, code) => {
    const { terminal, before } = await viewed();
    terminal.kill(signal);
    expect((await terminal.exit).code).toBe(code);
    await expect.poll(() => terminal.alternate).toBe(false);
    await expect.poll(() => terminal.bracketedPaste).toBe(false);
    await expect.poll(() => terminal.everything.slice(0, before.length)).toEqual(before);
  });
});

describe('tables', () => {
  it('is a browser: filtered by typing, columns with units, first rows', async () => {
    const terminal = start(['--demo']);
    await terminal.waitFor('20 ok');
    await terminal.prompt(1);
    terminal.enter('tables');
    await terminal.waitFor(/^❯ adj_factors +\d+ │ adj_factors/m);
    terminal.type('meta.runs');
    await terminal.waitFor(/^❯ meta\.runs +1 │ meta\.runs/m);
    terminal.press('escape');
    await terminal.waitFor(/^❯ adj_factors/m);
    terminal.press('down', 'down', 'down', 'down');
    await terminal.waitFor(/^❯ daily +2,520 │/m);
    await expect.poll(() => terminal.screen.join('\n')).toMatch(/amount +double +yuan traded/);
    terminal.press('enter');
    await terminal.waitFor('2,520 rows · 18 columns');
    await terminal.waitFor(/^❯ sh\.\d{6} │ 2026-/m);
    terminal.press('escape');
    await terminal.waitFor(/^❯ daily +2,520 │/m);
    await terminal.resize(40, 12);
    await terminal.waitFor(({ screen }) => /^❯ daily +2,520$/.test(screen.find(row => row.startsWith('❯')) ?? ''));
    terminal.press('right');
    await terminal.waitFor(/^ +code +varchar/m);
    terminal.press('left', 'C-c');
    await terminal.prompt(2);
    terminal.enter('tables --list');
    await terminal.waitFor('tables NAME  shows its columns');
    await expect.poll(() => terminal.alternate).toBe(false);
  });
});

describe('jobs', () => {
  it('shows what runs, ends one after a question, and rings when it lasted long', async () => {
    const gateway = spawn(process.execPath, [program, 'gateway', '--demo', '--latency', '400'], {
      env: { PATH: process.env.PATH, HOME: home.folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const port = await new Promise<string>(resolve => {
        createInterface({ input: gateway.stdout }).on('line', line => {
          const [, found] = /^listening 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
          if (found) resolve(found);
        });
      });
      const terminal = start([...db, '--endpoint', `127.0.0.1:${port}`, '--workers', '5'], {
        environment: { DUCKLINE_BELL_AFTER: '0' },
      });
      await terminal.prompt(1);
      terminal.enter('jobs');
      await terminal.waitFor('no job runs');
      await expect.poll(() => terminal.alternate).toBe(false);
      terminal.enter('fetch --all --from 2026-06-01');
      await terminal.waitFor(/[━─]+ {2}\d+ of \d+/);
      terminal.enter('jobs');
      await terminal.waitFor(({ alternate, screen }) => alternate && /^ {2}jobs +1 running$/.test(screen[0] ?? ''));
      await terminal.waitFor(/page \d/);
      terminal.press('enter');
      await terminal.waitFor('end job 1, fetch --all --from 2026-06-01?');
      terminal.press('escape');
      await terminal.waitFor('Enter ends the job');
      terminal.press('enter');
      await terminal.waitFor('end job 1');
      terminal.press('enter');
      await terminal.waitFor('no job runs');
      await terminal.waitFor(/fetch 1 .*cancelled|cancelled/);
      await expect
        .poll(() => terminal.raw)
        .toContain('\x07\x1b[22;0t\x1b]0;duckline: fetch --all --from 2026-06-01 ended\x07');
      await expect.poll(() => terminal.raw).not.toContain('\x1b[23;0t');
      terminal.press('escape');
      await terminal.waitFor(({ alternate, raw }) => !alternate && raw.includes('\x1b[23;0t'), 'the title as it was');
      await terminal.prompt();
      await expect.poll(() => terminal.everything.filter(row => row.includes('cancelled'))).toHaveLength(1);
    } finally {
      gateway.kill('SIGKILL');
    }
  });
});
