/** Full-screen views from outside: the window is theirs while they are open, and afterwards as if they had not been. */
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
    expect(terminal.screen.filter(row => /^\[|^ +1\d\d$/.test(row))).toEqual([]);
    terminal.press('C-c').type('select 40 + 2').enter(';');
    await terminal.waitFor(/^ +42$/m);
    await terminal.prompt(4);
    expect(terminal.everything.slice(0, before.length)).toEqual(before);
    expect(terminal.everything.filter(row => row.includes('[3] ❯ select 40 + 2;'))).toHaveLength(1);
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

  it('holds the end of a job until the prompt is back', async () => {
    const terminal = start(['--demo']);
    await terminal.waitFor('20 ok');
    await terminal.prompt(1);
    terminal.enter('fetch --all --from 2026-10-01').enter('pool --watch');
    await terminal.waitFor(/Esc leaves$/m);
    await terminal.waitFor(/workers +none/);
    expect(terminal.screen.join('\n')).not.toContain('planned');
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
    expect(terminal.alternate).toBe(false);
    terminal.enter('echo shell-$((1+1))');
    await terminal.waitFor('shell-2');
    terminal.enter('fg');
    await terminal.waitFor(/Esc leaves$/m);
    expect(terminal.alternate).toBe(true);
    terminal.press('C-c');
    await terminal.prompt(2);
    expect(terminal.screen.filter(row => row.includes('shell-2'))).toHaveLength(1);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('gives the first screen back on %s', async (signal, code) => {
    const { terminal, before } = await viewed();
    terminal.kill(signal);
    expect((await terminal.exit).code).toBe(code);
    expect(terminal.alternate).toBe(false);
    expect(terminal.bracketedPaste).toBe(false);
    expect(terminal.everything.slice(0, before.length)).toEqual(before);
  });
});
