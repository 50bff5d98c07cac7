/** Keys, at the built program: what readline does under the same name, whole characters, and a history that shells share. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal } from './terminal.ts';

let home: Home;
let terminal: PseudoTerminal;

beforeAll(async () => {
  home = new Home();
  terminal = new PseudoTerminal(['--db', 'typing.duckdb'], { home });
  await terminal.waitFor('new and empty');
});

afterAll(async () => {
  await terminal.close();
  home.remove();
});

/** Waits for the text at the prompt, the cursor in that cell. */
async function stands(text: string, column: number): Promise<void> {
  await terminal.waitFor(
    ({ screen, cursor }) =>
      (screen[cursor.row] ?? '').replace(/^\[\d+\] ❯ ?/, '') === text && cursor.column === 6 + column,
    `“${text}”, the cursor in cell ${column}`,
  );
}

/** Another text each time; nothing is left for the next. */
async function cleared(): Promise<void> {
  terminal.press('C-c');
  await stands('', 0);
}

describe('typing', () => {
  it('moves, cuts, puts in and exchanges as readline does; undoes and does again', async () => {
    terminal.type('alpha beta gamma').press('C-a', 'M-f', 'C-k');
    await stands('alpha', 5);
    terminal.press('C-y', 'M-b', 'C-w');
    await stands('alpha gamma', 6);
    terminal.press('C-_');
    await stands('alpha beta gamma', 11);
    terminal.press('M-/');
    await stands('alpha gamma', 6);
    terminal.press('C-e', 'C-t');
    await stands('alpha gamam', 11);
    terminal.press('M-t');
    await stands('gamam alpha', 11);
    terminal.press('C-a', 'M-u', 'M-d', 'C-d');
    await stands('GAMAM', 5);
    terminal.press('C-u');
    await stands('', 0);
    terminal.press('C-y');
    await stands('GAMAM', 5);
    await cleared();
  });

  it('takes a character as a person counts: wide, combined, an emoji of many parts', async () => {
    terminal.type('茅é👨‍👩‍👧台');
    await terminal.waitFor(({ cursor }) => cursor.column > 9);
    terminal.press('backspace', 'backspace');
    await stands('茅é', 3);
    terminal.press('backspace');
    await stands('茅', 2);
    terminal.press('left', 'delete');
    await stands('', 0);
  });

  it('keeps the wanted column over rows of other lengths, and leaves the text only at its ends', async () => {
    terminal.type('select 12345').press('M-enter').type('x').press('M-enter').type('from 贵州茅台');
    await terminal.waitFor(/贵州茅台$/m);
    terminal.press('C-a', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'up', 'up');
    await terminal.waitFor(({ screen, cursor }) => (screen[cursor.row] ?? '').includes('12345'), 'the first row');
    await expect.poll(() => terminal.cursor.column).toBe(6 + 9);
    terminal.press('down', 'down');
    await terminal.waitFor(({ screen, cursor }) => (screen[cursor.row] ?? '').includes('贵州茅台'), 'the last row');
    await expect.poll(() => terminal.cursor.column).toBe(6 + 9);
    terminal.press('C-c');
    await terminal.prompt();
  });

  it('loses nothing of a paste without brackets', async () => {
    terminal.type('select 1 as a,\r  2 as b,\r  3 as c;\rselect 4 as d;\r');
    await terminal.waitFor(({ everything }) => /^ +1 +2 +3$[\s\S]*^ +4$/m.test(everything.join('\n')), 'both answers');
  });

  it('finds in the history by characters in their order, with the match marked', async () => {
    terminal.press('C-r').type('4 as');
    await terminal.waitFor(/history 4 as +1 of 1/);
    await terminal.waitFor(/^\[\d+\] ❯ select 4 as d;$/m);
    await expect.poll(() => terminal.raw).toMatch(/\x1b\[7m4 ?\x1b|\x1b\[7m4/);
    terminal.press('escape');
    await terminal.prompt();
  });

  it('goes back only to what begins like the text, and shares its history with another shell', async () => {
    const other = new PseudoTerminal(['--db', 'other.duckdb'], { home });
    try {
      await other.waitFor('new and empty');
      other.enter("select 'from the other' as word;");
      await other.waitFor(/1 row/);
      terminal.type("select '").press('up');
      await terminal.waitFor(/^\[\d+\] ❯ select 'from the other' as word;$/m);
      terminal.press('C-c');
      await terminal.prompt();
    } finally {
      await other.close();
    }
  });
});

describe("vi's keys", () => {
  it('are there when asked for, and the prompt shows which mode it is in', async () => {
    const vi = new PseudoTerminal(['--db', 'vi.duckdb'], { home, environment: { DUCKLINE_KEYS: 'vi' } });
    try {
      await vi.waitFor('new and empty');
      vi.type("select 'one' as word, 2 as n;").press('escape');
      await vi.waitFor(/^\[1\] ❮ select 'one' as word, 2 as n;$/m);
      vi.type("0ci'zwei");
      await vi.waitFor(/^\[1\] ❯ select 'zwei' as word/m);
      vi.press('escape');
      await vi.waitFor(/^\[1\] ❮/m);
      vi.type('f2x.i').press('C-c');
      await vi.waitFor(/^\[1\] ❯$/m);
      vi.type('select 6 * 7 as answer;').press('escape');
      await vi.waitFor(/^\[1\] ❮/m);
      vi.press('enter');
      await vi.waitFor(/^ +42$/m);
      await vi.waitFor(/^\[2\] ❯$/m);
      vi.press('escape');
      await vi.waitFor(/^\[2\] ❮$/m);
      vi.type('k');
      await vi.waitFor(/^\[2\] ❮ select 6 \* 7 as answer;$/m);
    } finally {
      await vi.close();
    }
  });
});
