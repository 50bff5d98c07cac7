/** The file and the pool as two people at two terminals see them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal, type TerminalOptions } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];

function start(args: readonly string[], environment: TerminalOptions['environment'] = {}): PseudoTerminal {
  const terminal = new PseudoTerminal(args, { home, environment: { DUCKLINE_RELEASE_AFTER: '0', ...environment } });
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

const db = ['--db', 'shared.duckdb'];

describe('a file that two shells want', () => {
  it('is let go by an idle prompt, held by the other, and told with its process', async () => {
    const first = start(db, { DUCKLINE_RELEASE_AFTER: '1' });
    await first.prompt(1);
    first.enter('create table mine as select 42 as answer;');
    await first.waitFor('file released until the next statement');

    const second = start(db);
    await second.prompt(1);
    second.enter('select answer from mine;');
    await second.waitFor(/^ +42$/m);
    await second.prompt(2);

    first.enter('select 1 + 1;');
    await first.waitFor(`is held by process ${second.pid}`);
    await first.waitFor('release');
    await first.prompt(3);

    second.enter('begin; select 1;');
    await second.prompt(3);
    second.enter('release');
    await second.waitFor(/stays open: prompt holds a transaction/);
    second.enter('rollback;').enter('release');
    await second.waitFor('is closed until the next statement');

    first.enter('select answer + 1 as next from mine;');
    await first.waitFor(/^ +43$/m);
    first.enter('pool');
    await first.waitFor(/interactive 1/);
    await expect.poll(() => first.screen.join('\n')).not.toContain('released until');
  });
});

describe('a fetch beside a transaction of the user', () => {
  it('waits in sight while the prompt goes on, and stores after the commit', async () => {
    const terminal = start(['--demo']);
    await terminal.waitFor('20 ok');
    await terminal.prompt(1);
    terminal.enter("begin; update daily set turn = 99 where code = 'sh.600519';");
    await terminal.waitFor(/rows? updated/);
    await terminal.prompt(2);
    terminal.enter('fetch 600519 000001 --from 2020');
    await terminal.waitFor('a job waits for the transaction of [1]: commit or rollback');
    await terminal.prompt(3);
    terminal.enter('drop table daily;');
    await terminal.waitFor('daily belongs to duckline');
    terminal.enter('commit;');
    await terminal.waitFor('2 ok');
    terminal.enter(
      'select count(*) - count(distinct (code, date)) as doubled, count(*) filter (turn = 99) > 0 as kept from daily;',
    );
    await terminal.waitFor(/^ +0 +true$/m);
  });
});

describe('pool --watch', () => {
  it.each(['escape', 'C-c'])('takes the whole window at a prompt until %s, and leaves its last look', async key => {
    const terminal = start(db);
    await terminal.prompt(1);
    terminal.enter('pool --watch');
    await terminal.waitFor(/^ +file /m);
    await expect.poll(() => terminal.alternate).toBe(true);
    await expect.poll(() => terminal.screen.filter(row => /^ {2}connections/.test(row))).toHaveLength(1);
    terminal.press(key);
    await terminal.prompt(2);
    await expect.poll(() => terminal.alternate).toBe(false);
    await expect.poll(() => terminal.everything.filter(row => /^ {2}connections/.test(row))).toHaveLength(1);
    await expect.poll(() => terminal.everything.filter(row => row.includes('leaves'))).toEqual([]);
  });

  it('redraws in place without a prompt too', async () => {
    const terminal = start([...db, 'pool', '--watch']);
    await terminal.waitFor(/^ {2}connections/m);
    terminal.press('C-c');
    expect((await terminal.exit).code).toBe(0);
    await expect.poll(() => terminal.screen.filter(row => /^ {2}connections/.test(row))).toHaveLength(1);
  });
});
