/** What goes on below and above the prompt, at the built program: lists of statements, cancelling, jobs, and what they leave behind. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endServed, serveDemo } from './served.ts';
import { Home, PseudoTerminal, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

function start(args: readonly string[], options: Partial<TerminalOptions> = {}): PseudoTerminal {
  const terminal = new PseudoTerminal(args, { home, ...options });
  open.push(terminal);
  return terminal;
}

async function closeAll(): Promise<void> {
  for (const terminal of open.splice(0)) await terminal.close();
  endServed();
  home.remove();
}

/** The number of the cell that would run now. */
function next(terminal: PseudoTerminal): number {
  return Number(/^\[(\d+)\]/.exec(terminal.screen[terminal.cursor.row] ?? '')?.[1]);
}

/** Runs a text at the prompt until what it says stands there and the next prompt with it. */
async function answered(terminal: PseudoTerminal, text: string, answer: RegExp): Promise<void> {
  const number = next(terminal);
  terminal.enter(text);
  await terminal.waitFor(({ everything }) => {
    const from = everything.findLastIndex(row => row.startsWith(`[${number}]`));
    return from >= 0 && everything.slice(from + 1).some(row => answer.test(row));
  }, `${answer} under [${number}]`);
  await terminal.prompt(number + 1);
}

const endless = 'select count(*) from range(1000000000000) a, range(1000000) b;';
const bar = /^ {2}[━─]+ {2}\d+ of \d+/;

describe('statements', () => {
  let terminal: PseudoTerminal;

  beforeAll(async () => {
    home = new Home();
    terminal = start(['--db', 'statements.duckdb']);
    await terminal.waitFor('new and empty');
  });
  afterAll(closeAll);

  it('run in order, one result each; an error names its statement, line and column', async () => {
    const number = next(terminal);
    terminal.paste(
      "select 'first' as one;\nselect '第二' as two, nmae\n  from (select 1 as name);\nselect 'third' as three;",
    );
    terminal.press('enter');
    await terminal.waitFor(/did you mean +name/);
    await terminal.prompt(number + 1);
    const rows = terminal.everything;
    const at = (pattern: RegExp): number => rows.findIndex(row => pattern.test(row));
    expect(at(/^ +first$/)).toBeGreaterThan(at(/^ +one$/));
    expect(at(/^ +error +statement 2 of 3, line 2, column 21: /)).toBeGreaterThan(at(/^ +first$/));
    expect(rows.filter(row => /^ +third$/.test(row))).toEqual([]);
    expect(at(/^ +1 row · [\d.]+ m?s · statement 1 of 3$/)).toBeGreaterThan(at(/^ +first$/));
    const caret = terminal.rows(/^ +\^+$/).at(-1);
    const shown = terminal.rows(/^ +select '第二' as two, nmae/).at(-1);
    expect(caret?.ends[0]).toBe(shown?.ends.at(-1));
  });

  it('are cancelled before what was typed after them runs, and the session is as it was', async () => {
    await answered(
      terminal,
      'create temp table mine as select 41 as n; set variable more = 1;',
      /ms · statement 2 of 2$/,
    );
    const number = next(terminal);
    terminal.enter(endless);
    await terminal.waitFor(/running +\[\d+\] [\d.]+ s/);
    terminal.press('C-c').enter("select n + getvariable('more') as after_it from temp.mine;");
    await terminal.waitFor(/^ +42$/m);
    await terminal.prompt(number + 2);
    const rows = terminal.everything;
    const cancelled = rows.findIndex(row => /cancelled after/.test(row));
    expect(cancelled).toBeGreaterThan(rows.findIndex(row => row.startsWith(`[${number}]`)));
    expect(cancelled).toBeLessThan(rows.findIndex(row => row.startsWith(`[${number + 1}]`)));
    expect(terminal.screen.some(row => /running|queued/.test(row))).toBe(false);
  });

  it('that the engine cannot stop at once are told to be stopping, and the prompt is there meanwhile', async () => {
    const pipe = home.path('work', 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    await answered(terminal, 'set variable mine = 42;', /ms$/);
    const number = next(terminal);
    terminal.enter("from read_csv('pipe', header = false, columns = {'a': 'int'});");
    await terminal.waitFor(/running +\[\d+\] [\d.]+ s/);
    terminal.press('C-c');
    await terminal.waitFor(new RegExp(`stopping \\[${number}\\] [\\d.]+ s$`, 'm'));
    terminal.enter("select 'after the pipe' as said;");
    await terminal.waitFor(new RegExp(`queued +\\[${number + 1}\\] select 'after the pipe'`));
    // Whoever opens the other end lets the engine go on.
    writeFileSync(pipe, '5\n');
    await terminal.waitFor(/cancelled after[\s\S]*^ +after the pipe$/m);
    await terminal.prompt(number + 2);
    await answered(terminal, "select getvariable('mine') as still_it;", /^ +42$/);
  });

  it('wait in a list that is cut where the window is small', async () => {
    const number = next(terminal);
    terminal.enter(endless);
    await terminal.waitFor(/running +\[\d+\]/);
    for (let n = 1; n <= 6; n++) terminal.enter(`select ${n} as waits;`);
    await terminal.waitFor(new RegExp(`queued +\\[${number + 1}\\] select 1 as waits;`));
    await terminal.waitFor(/queued +4 more/);
    terminal.press('C-c');
    await terminal.waitFor(
      ({ everything }) => everything.filter(row => /^ +waits$/.test(row)).length === 6,
      'six answers',
    );
    await terminal.prompt(number + 7);
    const order = terminal.everything.map(row => /^ +([1-6])$/.exec(row)?.[1]).filter(Boolean);
    expect(order.slice(-6)).toEqual(['1', '2', '3', '4', '5', '6']);
  });
});

describe('jobs', () => {
  beforeEach(() => {
    home = new Home();
  });
  afterEach(closeAll);

  async function slow(latency: number, gateway: readonly string[] = [], options: Partial<TerminalOptions> = {}) {
    const { endpoint } = await serveDemo(home, '--latency', String(latency), ...gateway);
    const terminal = start(['--db', 'jobs.duckdb', '--endpoint', endpoint, '--workers', '4'], options);
    await terminal.prompt(1);
    return terminal;
  }

  it('tell their rate, their workers and their newest failure; fold by key and in a small window; SQL sees one state', async () => {
    const environment = { DUCKLINE_BUDGET: '2000' };
    const terminal = await slow(150, ['--fault', 'error=10004020@sh.600000:1'], { environment });
    terminal.enter('fetch --all --from 2026-06-01');
    await terminal.waitFor(/^ {2}[━─]+ {2}\d+ of \d+ · [\d.]+\/s · \d+:\d\d left/m);
    await terminal.waitFor(/^ {2}fetch 1 · daily · 4 workers +F2 folds · cancel 1 stops$/m);
    await terminal.waitFor(
      ({ screen }) => /^ {2}1 {2}s[hz]\.\d{6} .* 3 {2}s[hz]\.\d{6} /m.test(screen.join('\n')),
      'workers',
    );
    await terminal.waitFor(/newest failure sh\.600000 bad request/);
    await terminal.waitFor(/\d bars · \d+ requests, [1-9]\d? % of today's 2,000 · newest failure/);

    const counts = (): string[] => terminal.rows(/^ +\d+ +\d+$/).map(({ text }) => text);
    const count = async (before: string): Promise<string> => {
      const counted = counts().length;
      terminal.enter(`${before} select count(*) as n, count(distinct code) as codes from daily;`);
      await terminal.waitFor(() => counts().length === counted + 1, 'a count');
      return counts().at(-1) as string;
    };
    const seen = await count('begin;');
    await terminal.waitFor(/^\[3\] tx ❯$/m);
    const done = (): number => Number(/ (\d+) of \d+ ·/.exec(terminal.screen.join('\n'))?.[1]);
    const before = done();
    await terminal.waitFor(() => done() > before + 8, 'more that is stored');
    expect(await count('')).toBe(seen);
    expect(await count('')).toBe(seen);
    let now = await count('commit;');
    while (now === seen) now = await count('');

    await terminal.resize(100, 12);
    await terminal.waitFor(({ screen }) => screen.some(row => /^ {2}fetch 1 [━─]+ \d+ %/.test(row)), 'one row');
    await terminal.waitFor(({ screen }) => !screen.some(row => bar.test(row)), 'no block');
    await terminal.resize(100, 30);
    await terminal.waitFor(({ screen }) => screen.some(row => bar.test(row)), 'the block');
    terminal.press('f2');
    await terminal.waitFor(({ screen }) => !screen.some(row => bar.test(row)), 'it folded');
    terminal.enter('cancel 1');
    await terminal.waitFor(/\d+ planned = \d+ ok .*1 failed/);
    await terminal.waitFor(({ screen }) => !screen.some(row => /^ {2}fetch 1 [━─]/.test(row)), 'it to go');
  });

  it('stop where the budget of the day ends, and say when there is more', async () => {
    const terminal = await slow(50, [], {
      environment: { DUCKLINE_BUDGET: '20', DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' },
    });
    await terminal.waitFor(/baostock, 0 of 20 requests used today/);
    terminal.enter('fetch --all --from 2026-11-01');
    await terminal.waitFor(
      /this takes about [\d,]+ requests and \d+ are left today: the rest waits for 00:00 in Shanghai/,
    );
    await terminal.waitFor(/today's 20 requests are used/i);
    await terminal.waitFor(/2\d requests, 100 % of today's 20/);
    terminal.enter('pool');
    await terminal.waitFor(/2\d of 20 today/);
  });

  it('ring and title the window where they took long, and only there', async () => {
    const short = await slow(0);
    short.enter('fetch 600519 --from 2026-11-01');
    await short.waitFor('1 ok');
    await short.prompt(2);
    short.press('C-d');
    await short.exit;
    expect(short.raw).not.toMatch(/\x07|\x1b\]0;/);

    const long = await slow(0, [], { environment: { DUCKLINE_BELL_AFTER: '0' } });
    long.enter('fetch 000001 --from 2026-11-01');
    await long.waitFor('1 ok');
    await long.waitFor(({ raw }) =>
      raw.includes('\x1b[22;0t\x1b]0;duckline: fetch 000001 --from 2026-11-01 ended\x07'),
    );
    expect(
      long.raw
        .split('\x1b]')
        .filter(part => !part.startsWith('0;'))
        .join('')
        .match(/\x07/g),
    ).toHaveLength(1);
    expect(long.raw).not.toContain('\x1b[23;0t');
    // Whatever ends meanwhile, one title is kept, and that is the one put back.
    long.enter('fetch 600519 --from 2026-11-01');
    await long.waitFor(
      ({ raw }) => raw.includes('\x1b]0;duckline: fetch 600519 --from 2026-11-01 ended\x07'),
      'the next',
    );
    long.type('x');
    await long.waitFor(({ raw }) => raw.includes('\x1b[23;0t'), 'the title as it was');
  });
});

describe('a sync', () => {
  beforeAll(() => {
    home = new Home();
  });
  afterAll(closeAll);

  const day = (date: string): Partial<TerminalOptions> => ({ environment: { DUCKLINE_NOW: `${date}T20:00:00+08:00` } });

  it('marks the cells stale that read what it changed; the prompt tells how far behind, until it no longer is', async () => {
    const before = await serveDemo(home, '--now', '2026-11-18T20:00:00+08:00');
    const db = ['--db', 'stale.duckdb', '--workers', '2'];
    const first = start([...db, '--endpoint', before.endpoint], day('2026-11-18'));
    await first.prompt(1);
    first.enter('fetch 600519 000001 --from 2026-11-01');
    await first.waitFor('2 ok');
    await first.prompt(2);
    first.press('C-d');
    await first.exit;
    await before.end();

    const now = await serveDemo(home);
    const terminal = start([...db, '--endpoint', now.endpoint], day('2026-11-20'));
    await terminal.waitFor(/stale\.duckdb · 2 codes · daily to Wed 2026-11-18 · 2 sessions behind/);
    await terminal.waitFor(/^\[1\] ❯\n +data to 2026-11-18, 2 sessions behind · stale\.duckdb$/m);
    await answered(terminal, 'select max(date) as newest from weekly;', /^ +2026-11-1\d$/);
    await answered(terminal, "select 'no table' as of;", /^ +no table$/);
    terminal.enter('sync 600519 000001');
    await terminal.waitFor(/2 planned = 2 ok|2 ok/);
    await terminal.waitFor(/cell 1 is stale/);
    await terminal.waitFor(({ screen }) => !screen.some(row => /^ +data to .* behind/.test(row)), 'not behind');
    await answered(terminal, 'rerun stale', /^ +2026-11-20$/);
    await terminal.waitFor(({ screen }) => !screen.some(row => /is stale/.test(row)), 'nothing stale');
    await answered(terminal, 'forget 600519 --yes', /rows forgotten/);
    await terminal.waitFor(/cell 1 is stale/);
  });

  it('and a retry go on below the prompt as a fetch does', async () => {
    const faulty = await serveDemo(home, '--fault', 'error=10004020@sz.000001:1');
    const terminal = start(
      ['--db', 'retried.duckdb', '--endpoint', faulty.endpoint, '--workers', '2'],
      day('2026-11-20'),
    );
    await terminal.prompt(1);
    terminal.enter('fetch 000001 600519 --from 2026-11-01');
    await terminal.waitFor(/1 ok · 1 failed/);
    await faulty.end();
    await serveDemo(home, '--port', String(faulty.port), '--latency', '500');
    terminal.enter('retry --all');
    await terminal.waitFor(/^ {2}retry 2 /m);
    terminal.enter('select 6 * 7 as meanwhile;').enter('sync 600519');
    await terminal.waitFor(/^ {2}retry 2 · daily · \d+ workers? · 1 queued +F2 folds · cancel 2 stops$/m);
    await terminal.waitFor(/^ +42$[\s\S]*queued +sync 600519 +cancel \+1 takes it back/m);
    await terminal.waitFor(/sz\.000001 .*15 bars[\s\S]*sh\.600519 .*stored before/);
  });

  it('moves no rows under whoever walks through them: the viewer reads a copy meanwhile, and says of when', async () => {
    const { endpoint } = await serveDemo(home, '--latency', '300');
    const terminal = start(['--db', 'moving.duckdb', '--endpoint', endpoint, '--workers', '2'], day('2026-11-20'));
    await terminal.prompt(1);
    await answered(terminal, 'fetch 600519 --from 2026-11-01', /1 ok/);
    await answered(
      terminal,
      'select date, n.range as n from daily, range(10_000) n order by all;',
      /F3 opens it whole/,
    );
    const head = (text: RegExp): Promise<void> =>
      terminal.waitFor(({ alternate, screen }) => alternate && text.test(screen[0] ?? ''), `${text} in the head`);
    terminal.press('f3');
    await head(/^ {2}\[2\] select .*150,000 rows · 2 columns$/);
    terminal.press('escape');
    await terminal.prompt(3);
    terminal.enter('fetch --all --from 2026-11-01');
    await terminal.waitFor(/^ {2}[1-9]\d* bars · \d+ requests/m);
    terminal.press('f3');
    await head(/as of \d\d:\d\d:\d\d · [\d,]+ rows · 2 columns$/);
    const rows = / ([\d,]+) rows · 2 columns$/.exec(terminal.screen[0] ?? '')?.[1] as string;
    // Sorted by another column they are read again, while more of them are stored.
    terminal.press('right').type('s').press('end');
    await terminal.waitFor(new RegExp(`^❯ 20\\d\\d-\\d\\d-\\d\\d │ +9999$[\\s\\S]*^ {2}row ${rows} · n`, 'm'));
    terminal.press('escape');
    await terminal.prompt(4);
    await answered(terminal, 'cancel 2', /planned = /);
    terminal.press('f3');
    await head(/stale · [\d,]+ rows · 2 columns$/);
    expect(terminal.screen[0]).not.toMatch(/as of| 150,000 rows/);
    terminal.press('escape');
    await terminal.prompt();
  });
});
