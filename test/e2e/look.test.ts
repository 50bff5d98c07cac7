/** What the terminal tells of itself, at the built program: colours by its background, glyphs by their width, and never a trace of the question. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal, program, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

async function start(options: Partial<TerminalOptions> = {}): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal([], { home, ...options });
  open.push(terminal);
  terminal.type('select 4');
  await terminal.waitFor(/^\[1\] [❯>] select 4/m);
  await terminal.waitFor('new and empty');
  terminal.enter('2 as answer;');
  await terminal.waitFor(/^ +42$/m);
  await terminal.prompt(2);
  await expect.poll(() => terminal.everything.filter(row => /rgb|\[\?|;\d+R|11;/.test(row))).toEqual([]);
  await expect.poll(() => terminal.everything.filter(row => row.startsWith('[1]'))).toHaveLength(1);
  await expect.poll(() => terminal.everything[0]).toMatch(/^duckline /);
  return terminal;
}

const light = '\x1b[38;5;24m';
const dark = '\x1b[36m';

describe('the look', () => {
  beforeEach(() => {
    home = new Home();
  });

  afterEach(async () => {
    for (const terminal of open.splice(0)) await terminal.close();
    home.remove();
  });

  it('is light on a light background, and the greeting already is', async () => {
    const terminal = await start({ background: 'rgb:ffff/fafa/f0f0' });
    const greeting = terminal.raw.slice(terminal.raw.indexOf('new and empty'));
    expect(greeting).toContain(light);
    expect(greeting).not.toContain(dark);
  });

  it('is dark on a dark background, whatever COLORFGBG says', async () => {
    const terminal = await start({ background: 'rgb:1e1e/1e1e/2e2e', environment: { COLORFGBG: '0;15' } });
    await expect.poll(() => terminal.raw.slice(terminal.raw.indexOf('new and empty'))).not.toContain(light);
  });

  it('follows COLORFGBG at a terminal that answers nothing, and is dark without', async () => {
    const told = await start({ answerAfterMs: Number.POSITIVE_INFINITY, environment: { COLORFGBG: '0;15' } });
    expect(told.raw).toContain(light);
    expect(told.raw).not.toContain(dark);
    told.press('C-d');
    await told.exit;
    const untold = await start({ answerAfterMs: Number.POSITIVE_INFINITY });
    expect(untold.raw).not.toContain(light);
  });

  it('draws ASCII twins where the glyphs are two cells wide, unless told otherwise', async () => {
    const wide = await start({ ambiguousWide: true });
    await expect.poll(() => wide.screen.join('')).not.toMatch(/[…·━─]/);
    await wide.waitFor(/^\[2\] >$/m);
    wide.press('C-d');
    await wide.exit;
    const set = await start({ ambiguousWide: true, environment: { DUCKLINE_GLYPHS: 'drawn' } });
    await set.waitFor(/^\[2\] ❯$/m);
    expect(set.raw).not.toContain('\x1b[6n');
  });

  it('asks nothing that is set', async () => {
    const terminal = await start({ environment: { DUCKLINE_THEME: 'light', DUCKLINE_GLYPHS: 'ascii' } });
    await expect.poll(() => terminal.raw).not.toMatch(/\x1b\[6n|\x1b\]11|\x1b\[c/);
    await expect.poll(() => terminal.raw).toContain(light);
  });

  it('leaves no answer behind for the shell that called it, however late it comes', async () => {
    const terminal = new PseudoTerminal([], {
      home,
      background: 'rgb:ffff/ffff/ffff',
      answerAfterMs: 60,
      command: ['/bin/sh', '-i'],
      environment: { PS1: 'sh$ ' },
    });
    open.push(terminal);
    await terminal.waitFor('sh$');
    terminal.enter(`${process.execPath} ${program}`).enter('quit');
    await terminal.waitFor(({ raw }) => raw.includes('\x1b[c'), 'the question');
    await terminal.waitFor(({ screen, cursor }) => screen[cursor.row] === 'sh$', 'the shell again');
    terminal.enter('cat');
    await expect.poll(() => terminal.owedAnswers).toBe(0);
    terminal.enter('seen');
    await terminal.waitFor(/^seen\nseen$/m);
    await expect.poll(() => terminal.screen.filter(row => /rgb|\^\[|\[\?/.test(row))).toEqual([]);
  });
});
