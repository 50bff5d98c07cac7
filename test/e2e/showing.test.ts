/** How answers stand on the screen of the built program: rising and falling, in colour and without; views over the whole window. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endServed, serveDemo } from './served.ts';
import { Home, heldBy, PseudoTerminal, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

async function start(options: Partial<TerminalOptions> = {}, ...args: string[]): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal(['--db', 'shown.duckdb', ...args], { home, ...options });
  open.push(terminal);
  await terminal.waitFor('new and empty');
  return terminal;
}

beforeEach(() => {
  home = new Home();
});

afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  endServed();
  home.remove();
});

const movements = 'select pct_chg from (values (1.25::double), (-2.5), (0)) t(pct_chg);';
const red = 1;
const green = 2;

describe('rising and falling', () => {
  it.each([
    ['red and green', {}, red, green],
    ['green and red, where that is set', { DUCKLINE_RISING: 'green' }, green, red],
    ['told by their signs alone, without colour', { NO_COLOR: '1' }, null, null],
  ])('are %s', async (_, environment, up, down) => {
    const terminal = await start({ environment });
    terminal.enter(movements);
    await terminal.waitFor(/^ +\+1\.25\n +-2\.50\n +0\.00$/m);
    expect(terminal.colourOf('+1.25')).toBe(up);
    expect(terminal.colourOf('-2.50')).toBe(down);
    if (up === null) {
      terminal.enter('select nothing_here;');
      await terminal.waitFor(/^ +error +line 1/m);
      expect(terminal.raw).not.toMatch(/\x1b\[[0-9;]*[1-9][0-9;]*m/);
    }
  });
});

describe('the width of the glyphs', () => {
  it('is taken for narrow where the report cannot be right', async () => {
    for (const cursorReport of [1, 60]) {
      const terminal = await start({ cursorReport }, '--db', `narrow${cursorReport}.duckdb`);
      await terminal.prompt(1);
      expect(terminal.raw).toContain('\x1b[6n');
      expect(terminal.screen.join('')).toContain('·');
      expect(terminal.screen.join('')).toContain('❯');
    }
    // Five glyphs, each two cells wide.
    const wide = await start({ cursorReport: 11 }, '--db', 'wide.duckdb');
    await wide.waitFor(/^\[1\] >$/m);
    expect(wide.screen.join('')).not.toContain('·');
  });
});

describe('a result', () => {
  it('of a million rows shows its first ones and is not held in memory', async () => {
    const terminal = await start();
    terminal.enter('select range as n, hash(range) as h from range(1000);');
    await terminal.waitFor(/1,?000 rows/);
    const before = await heldBy(terminal.pid);
    for (let n = 0; n < 3; n++) {
      const answers = (): number =>
        terminal.everything.filter(row => /of (more than )?[\d,]{6,} rows/.test(row)).length;
      terminal.enter(`select range as n, 'text ${n} ' || range as t from range(3000000);`);
      await terminal.waitFor(() => answers() === n + 1, 'the first rows');
    }
    expect((await heldBy(terminal.pid)) - before).toBeLessThan(150);
  });

  it('of many columns scrolls sideways in the viewer, its first column held; a row is copied whole', async () => {
    const terminal = await start({ columns: 60, rows: 15 });
    terminal.enter(
      "select range as key_column, columns(*) from (select range, 'a' as c1, '贵州茅台' as c2, repeat('x', 30) as c3, 'd' as c4, 'last' as c5 from range(40));",
    );
    await terminal.waitFor(/F3 opens it whole/);
    await terminal.prompt(2);
    const before = terminal.everything;
    terminal.press('f3');
    await terminal.waitFor(({ alternate, screen }) => alternate && /^❯ +0 │/m.test(screen.join('\n')), 'the viewer');
    for (let n = 0; n < 6; n++) terminal.press('right');
    await terminal.waitFor(({ screen }) => /key_column +│.* c5/.test(screen[1] ?? ''), 'the last column');
    await terminal.waitFor(/^❯ +0 │.* last$/m);
    expect(terminal.screen[1]).not.toMatch(/ c1 /);
    terminal.press('pagedown');
    await terminal.waitFor(/^❯ +1[0-9] │.* last$/m);
    const row = /^❯ +(\d+) │/m.exec(terminal.screen.join('\n'))?.[1] ?? '';
    terminal.type('Y');
    const copied = [row, row, 'a', '贵州茅台', 'x'.repeat(30), 'd', 'last'].join('\t');
    await terminal.waitFor(
      ({ raw }) => raw.includes(`\x1b]52;c;${Buffer.from(copied).toString('base64')}\x07`),
      'the row copied',
    );
    // Where letters do not arrive, Space copies the cell.
    terminal.type(' ');
    const cell = Buffer.from('last').toString('base64');
    await terminal.waitFor(({ raw }) => raw.includes(`\x1b]52;c;${cell}\x07`), 'the cell copied');
    terminal.press('escape');
    await terminal.prompt(2);
    expect(terminal.everything).toEqual(before);
  });
});

describe('the views of failures, jobs, tables and the pool', () => {
  it('leave the scrollback as it was', async () => {
    const { endpoint } = await serveDemo(home, '--latency', '400', '--fault', 'error=10004020@sz.000001:1');
    const terminal = await start({}, '--endpoint', endpoint, '--workers', '2');
    terminal.enter('fetch 000001 --from 2026-11-01');
    await terminal.waitFor(/1 failed/);
    terminal.enter('fetch --all --from 2026-01-01');
    await terminal.waitFor(/^ {2}[━─]+ {2}\d+ of \d+/m);
    terminal.enter('select unnest(range(100, 130)) as row_number;');
    await terminal.waitFor(/30 rows/);
    await terminal.prompt(4);
    /** What stands above the live part. */
    const above = (): readonly string[] => {
      const rows = terminal.everything;
      return rows.slice(0, rows.findIndex(row => /30 rows/.test(row)) + 1);
    };
    const before = above();
    for (const [command, seen, cell] of [
      ['failures', /^ {2}failures/, 5],
      ['jobs', /^ {2}jobs +1 running$/, 6],
      ['tables', /^❯ adj_factors/, 7],
      ['pool --watch', /^ {2}connections/, 8],
    ] as const) {
      terminal.enter(command);
      await terminal.waitFor(({ alternate, screen }) => alternate && screen.some(row => seen.test(row)), command);
      terminal.press('escape');
      await terminal.waitFor(({ alternate }) => !alternate, 'the first screen');
      await terminal.prompt(cell);
      expect(above()).toEqual(before);
      await terminal.waitFor(
        ({ screen }) => screen.filter(row => /^ {2}fetch 2 ·/.test(row)).length === 1,
        'one block of the job',
      );
    }
  });
});
