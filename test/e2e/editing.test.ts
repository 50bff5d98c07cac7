/** The editor's promises at the built program, sentence by sentence: keys, colours, where a statement ends, the history's file. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyGroups, keyTable } from '../../src/shell/keys-table.ts';
import { Home, PseudoTerminal } from './terminal.ts';

const magenta = 5;
const green = 2;
const yellow = 3;
const grey = 245;

let home: Home;
let terminal: PseudoTerminal;

beforeAll(async () => {
  home = new Home();
  terminal = new PseudoTerminal(['--db', 'editing.duckdb'], { home, columns: 100, rows: 40 });
  await terminal.waitFor('new and empty');
  await terminal.prompt(1);
});

afterAll(async () => {
  await terminal.close();
  home.remove();
});

/** Waits for the rows of the text at the prompt, without its prompts. */
async function text(...rows: string[]): Promise<void> {
  const bare = (row: string): string => row.replace(/^(\[\d+\] (tx |ro )*❯| +['(]?…) ?/, '').trimEnd();
  await terminal.waitFor(
    ({ screen }) => {
      const from = screen.findLastIndex(row => /^\[\d+\] (tx |ro )*❯/.test(row));
      const shown = screen.slice(from, from + rows.length);
      return (
        rows.every((row, n) => bare(shown[n] ?? '') === row) && !/^ +['(]?… /.test(screen[from + rows.length] ?? '')
      );
    },
    `the text ${JSON.stringify(rows)}`,
  );
}

async function cleared(): Promise<void> {
  terminal.press('C-c');
  await terminal.prompt();
}

/** The number of the cell that would run now. */
function next(): number {
  return Number(/^\[(\d+)\]/.exec(terminal.screen[terminal.cursor.row] ?? '')?.[1]);
}

describe('the text', () => {
  it('is coloured, and ends at a semicolon that is one', async () => {
    const cell = next();
    terminal.enter(`select $$a;b$$ as d, 42 as n, ';' as s, "x;y" from (select 1 as "x;y") /* ; /* ; */ ; */ --;`);
    await terminal.waitFor(/^ +…$/m);
    expect(terminal.colourOf('select $$')).toBe(magenta);
    expect(terminal.colourOf('$$a;b$$')).toBe(green);
    expect(terminal.colourOf('42 as n')).toBe(yellow);
    expect(terminal.colourOf("';' as s")).toBe(green);
    expect(terminal.colourOf('"x;y" from')).toBe(null);
    expect(terminal.colourOf('/* ; /*')).toBe(grey);
    expect(terminal.colourOf('; */ --')).toBe(grey);
    expect(terminal.colourOf('--;')).toBe(grey);
    terminal.enter(';');
    await terminal.waitFor(/^ +a;b +42 +; +1$/m);
    await terminal.prompt(cell + 1);
  });

  it('takes Enter and C-j to run, other Enters and C-o for a new line, and F5 to run what is there', async () => {
    terminal.type("select 'j' as a,").press('C-o').type('1 as b,').press('S-enter').type('2 as c,');
    terminal.press('M-enter').type('3 as d;');
    await text("select 'j' as a,", '1 as b,', '2 as c,', '3 as d;');
    terminal.press('C-j');
    await terminal.waitFor(/^ +j +1 +2 +3$/m);
    await terminal.prompt();
    terminal.type("select 'as it stands' as f").press('f5');
    await terminal.waitFor(/^ +as it stands$/m);
    await terminal.prompt();
  });

  it('lets the arrows move in it before they go to the history', async () => {
    terminal.enter("select 'older' as w;");
    await terminal.waitFor(/^ +older$/m);
    await terminal.prompt();
    terminal.type('first').press('C-o').type('second').press('up');
    await terminal.waitFor(({ screen, cursor }) => /❯ first$/.test(screen[cursor.row] ?? ''), 'the first row');
    terminal.press('C-a', 'M-d').type('1st').press('C-p');
    await terminal.waitFor(/❯ select 'older' as w;$/m);
    terminal.press('C-n');
    await text('1st', 'second');
    await cleared();
  });

  it('counts a paste for one edit', async () => {
    terminal.type('a').paste("select 'p'\n  as b,\n  2 as c");
    await text("aselect 'p'", '  as b,', '  2 as c');
    terminal.press('C-_');
    await text('a');
    terminal.press('M-/');
    await text("aselect 'p'", '  as b,', '  2 as c');
    await cleared();
  });

  it('indents with Tab at the beginning of a line, and scrolls when it is longer than half the window', async () => {
    terminal.type('select').press('C-o', 'tab').type('1');
    await text('select', '  1');
    for (let n = 0; n < 30; n++) terminal.press('C-o').type(`, ${n} as c${n}`);
    await terminal.waitFor(/rows 13-32 of 32/);
    expect(terminal.screen.filter(row => /❯ select$/.test(row))).toEqual([]);
    terminal.press('M-<');
    await terminal.waitFor(/rows 1-20 of 32/);
    await terminal.waitFor(/❯ select$/m);
    await cleared();
  });
});

describe('the keys', () => {
  it('are those of help keys, row by row', async () => {
    terminal.press('f1');
    await terminal.waitFor(/help keys/);
    await terminal.prompt();
    const before = terminal.everything.length;
    terminal.enter('help keys');
    const last = keyTable.at(-1)?.says ?? '';
    await terminal.waitFor(
      ({ everything }) => everything.slice(before).some(row => row.includes(last)),
      'the last key',
    );
    await terminal.prompt();
    const shown = terminal.everything
      .slice(before - 1)
      .join('\n')
      .replace(/\s+/g, ' ');
    for (const { says } of keyTable) expect(shown).toContain(says);
    for (const title of Object.values(keyGroups)) expect(shown).toContain(title);
  });

  it('go back and on in a search, leave it with C-g, and clear the screen with C-l', async () => {
    terminal.enter("select 'seen 1' as s;").enter("select 'seen 2' as s;");
    await terminal.waitFor(/^ +seen 2$/m);
    await terminal.prompt();
    terminal.type('kept').press('C-r').type('seen');
    await terminal.waitFor(/history seen +1 of \d/);
    await terminal.waitFor(/❯ select 'seen 2' as s;$/m);
    terminal.press('C-r');
    await terminal.waitFor(/❯ select 'seen 1' as s;$/m);
    terminal.press('C-s');
    await terminal.waitFor(/❯ select 'seen 2' as s;$/m);
    terminal.press('C-g');
    await text('kept');
    terminal.press('C-l');
    await terminal.waitFor(({ screen }) => /^\[\d+\] ❯ kept$/.test(screen[0] ?? ''), 'the prompt in the first row');
    expect(terminal.screen.slice(1).join('')).toBe('');
    await cleared();
  });

  it('fold the jobs with Escape and 2 as well, where the terminal keeps F2 for itself', async () => {
    terminal.press('escape').type('2');
    await terminal.waitFor('no job runs; F2 folds its block when one does');
  });
});

describe('the editor of the user', () => {
  it('is the one of VISUAL before that of EDITOR, and gets the text that stands there', async () => {
    const script = home.path('visual.sh');
    writeFileSync(script, '#!/bin/sh\nprintf "%s as more;\\n" "$(cat "$1")" > "$1"\n', { mode: 0o755 });
    const other = new PseudoTerminal(['--db', 'visual.duckdb'], {
      home,
      environment: { VISUAL: script, EDITOR: '/nowhere/editor' },
    });
    try {
      await other.prompt(1);
      other.type('select 40 + 2').press('C-x', 'C-e');
      await other.waitFor(/^\[1\] ❯ select 40 \+ 2 as more;$/m);
      other.press('enter');
      await other.waitFor(/^ +42$/m);
    } finally {
      await other.close();
    }
  });
});

describe('the history', () => {
  it('keeps no repeats, is written at once, and outlives a damaged file', async () => {
    const own = new Home();
    const file = own.path('state', 'duckline', 'history');
    mkdirSync(own.path('state', 'duckline'));
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0, 10, 123, 34, 10, 91, 10, 0xc3, 10, 10, 34, 92, 10]), {
      mode: 0o600,
    });
    const first = new PseudoTerminal(['--db', 'history.duckdb'], { home: own });
    const second = new PseudoTerminal(['--db', 'second.duckdb'], { home: own });
    try {
      await first.prompt(1);
      first.enter("select 'once' as w;");
      await first.waitFor(/^ +once$/m);
      await first.prompt(2);
      for (let n = 0; n < 2; n++) {
        first.enter("select '两次' as w,").enter('  2 as n;');
        await first.prompt(3 + n);
      }
      // Nobody has left yet.
      expect(readFileSync(file, 'utf8')).toContain('两次');
      process.kill(first.pid, 'SIGKILL');
      await first.exit;

      await second.prompt(1);
      second.enter('select 3 as n;');
      await second.waitFor(/^ +3$/m);
      await second.prompt(2);
      second.press('up');
      await second.waitFor(/❯ select 3 as n;$/m);
      second.press('up');
      await second.waitFor(/❯ select '两次' as w,\n +… {3}2 as n;$/m);
      second.press('M-p');
      await second.waitFor(/❯ select 'once' as w;$/m);
    } finally {
      await first.close();
      await second.close();
      own.remove();
    }
  });
});
