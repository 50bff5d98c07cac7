/** The ledger from a script: chosen entries, the story of a code, entries taken off with a reason. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failures } from '../../commands/failures.ts';
import { asProblem } from '../../src/market/problem.ts';
import { viewLines } from '../../src/output/lines.ts';
import { lineText } from '../../src/output/spans.ts';
import type { ListView, View } from '../../src/output/view.ts';
import type { CommandContext } from '../../src/shell/command.ts';
import { parseCommand } from '../../src/shell/parse.ts';
import { wordsOf } from '../../src/shell/words.ts';
import type { OpenedDatabase } from '../../src/store/database.ts';
import { commit } from '../../src/store/writer.ts';
import { all, ended, Files, request, series, startRun } from '../store/fixture.ts';

let files: Files;
let database: OpenedDatabase;

beforeAll(async () => {
  files = new Files();
  database = await files.open({});
  const first = await startRun(database);
  const failed = (code: string, name: 'retry-network' | 'bad-request', message: string) =>
    ended({
      code,
      from: '2024-01-02',
      to: '2024-01-05',
      outcome: { class: name, message, said: 'go \u001b[31maway' },
    });
  await commit(
    database,
    request(first, [
      failed('sh.600519', 'retry-network', 'no answer for 30 s.'),
      failed('sz.000651', 'retry-network', 'closed inside a frame.'),
      failed('sh.600036', 'bad-request', 'the date is not one.'),
      ended({ bars: series('sh.600884', ['2024-01-02']) }),
    ]),
  );
});
afterAll(() => files.close());

async function run(line: string): Promise<View> {
  const parsed = await parseCommand(failures, wordsOf(line).slice(1));
  if (parsed.kind === 'help') throw new Error('asked for help');
  const engine = { database: async () => database, clock: async () => database.clock };
  const { view } = await failures.run(parsed.options as never, { engine, opens: false } as unknown as CommandContext);
  if (!view) throw new Error('no view');
  return view;
}

const textOf = (view: View): string =>
  viewLines(view, { columns: 140, rows: 40, glyphs: true }).map(lineText).join('\n');

async function codesOf(line: string): Promise<string[]> {
  const view = await run(line);
  return view.kind === 'failures' ? view.failures.map(({ code }) => code).sort() : [];
}

describe('failures', () => {
  it.each([
    ['failures', ['sh.600036', 'sh.600519', 'sz.000651']],
    ['failures --class network', ['sh.600519', 'sz.000651']],
    ['failures 600519', ['sh.600519']],
    ['failures --code 600519 --code sz.000651', ['sh.600519', 'sz.000651']],
    ['failures sh.000651', []],
    ['failures --run 1 --class bad-request', ['sh.600036']],
    ['failures --since 2020-01-01', ['sh.600036', 'sh.600519', 'sz.000651']],
    ['failures --since 2099-01-01', []],
  ])('%s', async (line, codes) => expect(await codesOf(line)).toEqual(codes));

  it.each([
    ['failures --since tomorow', /tomorow/],
    ['failures --reason x', /belongs to failures clear/],
    ['failures clear', /needs codes/],
    ['failures clear 600519', /needs a reason/],
    ['failures clear 600519 --reason " "', /needs a reason/],
    ['failures explain', /tells of one code/],
    ['failures explain 600519 000651', /tells of one code/],
  ])('%s is refused in one sentence', async (line, sentence) => {
    const thrown = asProblem(await run(line).catch(error => error));
    expect(thrown.message).toMatch(sentence);
    expect(thrown.kind).toBe('usage');
  });
});

describe('failures explain', () => {
  it('tells every try, what stands, and what to do', async () => {
    const view = await run('failures explain 600519');
    expect(textOf(view)).toMatch(/sh\.600519 {2}daily 2024-01-02 … 2024-01-05: network, \d+ tries/);
    expect(textOf(view)).toContain('retry sh.600519');
    const { object } = view as ListView;
    expect(object).toMatchObject({ code: 'sh.600519', standing: [{ class: 'retry-network' }], cleared: [] });
    expect((object.attempts as unknown[]).length).toBeGreaterThan(0);
  });

  it("shows the provider's control characters instead of obeying them", async () => {
    expect(textOf(await run('failures explain 600519'))).not.toContain('\u001b');
  });

  it('says so of a code that never failed', async () => {
    expect(textOf(await run('failures explain 600884'))).toContain('nothing of it stands on the ledger');
  });
});

describe('failures clear', () => {
  it('takes exactly the chosen entries off, and keeps them with the reason', async () => {
    const before = await all(database, 'select count(*) from meta.coverage');
    expect((await run('failures clear 600519 --reason "halted for good"')) as ListView).toMatchObject({
      object: { cleared: 1, codes: ['sh.600519'], reason: 'halted for good' },
    });
    expect(await codesOf('failures')).toEqual(['sh.600036', 'sz.000651']);
    expect(await all(database, 'select code, class, reason, cleared_at is not null from meta.cleared')).toEqual([
      ['sh.600519', 'retry-network', 'halted for good', true],
    ]);
    expect(await all(database, 'select count(*) from meta.coverage')).toEqual(before);
    expect(textOf(await run('failures explain 600519'))).toMatch(/cleared .* because: halted for good/);
    expect(textOf(await run('failures clear 600519 --reason again'))).toContain('nothing of that stands on the ledger');
  });

  it('is refused in a file that is open read-only', async () => {
    const path = files.path();
    await (await files.open({ path })).close();
    const readOnly = await files.open({ path, readOnly: true });
    const { clearFailures } = await import('../../src/store/cleared.ts');
    const work = clearFailures(readOnly, [], 'x');
    await expect(work).rejects.toThrow(/read-only/);
  });
});
