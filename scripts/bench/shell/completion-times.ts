/**
 * How soon completions come in a file with 5,400 codes and 500 tables: the engine's side for the first question after the start and
 * after a change of the file, and for every further one; then a key through the reducer and into the rows of the screen.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../../commands/all.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { type Completer, createCompleter } from '../../../src/shell/completion/completer.ts';
import { completerParts } from '../../../src/shell/completion/parts.ts';
import { createEngine } from '../../../src/shell/engine.ts';
import { openHistory } from '../../../src/shell/history.ts';
import { createJobs } from '../../../src/shell/jobs.ts';
import { createRegistry, isCommandOf } from '../../../src/shell/registry.ts';
import { openSession, type Session } from '../../../src/shell/session.ts';
import { compose, promptLine } from '../../../src/ui/compose.ts';
import { builtInKeywords } from '../../../src/ui/highlight.ts';
import { emptyPrompt, type PromptState, pressed, withCompletions } from '../../../src/ui/prompt.ts';
import type { Figure } from '../table.ts';

/** What people type; the cursor stands at the end. */
const texts = [
  'sel',
  'fet',
  'select cl',
  'from da',
  'from my_table_2',
  'select * from my_table_250 where val',
  'select code, pct_chg, am from daily_qfq d where d.pre',
  'select i.name, d.clo',
  'select name, count(*) from daily join instruments i using (code) group by all order by na',
  'with ups as (select code, pct_chg from daily where pct_chg > 9) select pct from ups where co',
  'select roun',
  "select * from daily where code = '6005",
  "select * from daily where code = 'gz",
  "select * from daily where code in ('sh.600519', '贵州",
  "from bars('茅",
  'fetch --per',
  'fetch 6005',
  'fetch gz',
  'chart 平安',
  'gaps 00',
];

const screen = { columns: 100, rows: 30, glyphs: true, colour: true } as const;

export async function completionFigures(folder: string, quick: boolean): Promise<Figure[]> {
  mkdirSync(folder, { recursive: true });
  const environment = { HOME: folder };
  const settings = readSettings({ db: join(folder, 'market.duckdb') }, environment);
  const engine = createEngine({ settings, environment, version: '0.1.0', program: '' });
  const session = openSession({
    engine,
    registry: createRegistry(commands),
    jobs: createJobs({ background: true, now: Date.now }),
    history: openHistory(join(folder, 'history')),
    interactive: true,
    print: () => undefined,
  });
  try {
    await fill(session);
    return await measured(session, quick);
  } finally {
    await session.close();
    await engine.close();
  }
}

async function fill(session: Session): Promise<void> {
  const tables = Array.from(
    { length: 500 },
    (_, n) => `create table my_table_${n} (code varchar, date date, value_${n} double, rank bigint, note varchar)`,
  );
  const securities = `insert into instruments (code, name, pinyin, kind, board)
    select case when i < 2700 then 'sh.' || (600000 + i) else 'sz.' || lpad((i - 2700)::varchar, 6, '0') end,
      substr('贵浦平招中兴华万五宁', 1 + i % 10, 1) || substr('州发安商国业泰科粮德', 1 + (i // 10) % 10, 1)
        || substr('茅银股电药钢港车材机', 1 + (i // 100) % 10, 1) || substr('台行份力业铁口业料械', 1 + (i // 1000) % 10, 1),
      substr('gppzzxhwwn', 1 + i % 10, 1) || substr('zfasgytkld', 1 + (i // 10) % 10, 1)
        || substr('mygdygxccj', 1 + (i // 100) % 10, 1) || substr('thflytkylx', 1 + (i // 1000) % 10, 1),
      'stock', 'main'
    from range(5400) t(i)`;
  const text = `begin;${[securities, ...tables].join(';')};commit;`;
  const { exitCode } = await session.submit(text, { onView: () => undefined }).done;
  if (exitCode !== 0) throw new Error('the file could not be filled');
}

async function measured(session: Session, quick: boolean): Promise<Figure[]> {
  const entries: string[] = [];
  const parts = completerParts(session, () => entries);
  const cold: number[] = [];
  const changed: number[] = [];
  const renewed: number[] = [];
  const warm: number[] = [];
  const keys: number[] = [];
  let completer = createCompleter(parts);
  const answered = async (text: string, patient = false): Promise<number> => {
    const begun = performance.now();
    await completer.complete(text, text.length, patient);
    return performance.now() - begun;
  };
  for (const text of texts) {
    completer = createCompleter(parts);
    cold.push(await answered(text));
  }
  for (const text of texts) {
    completer.changed({ tables: true, functions: true, rows: true });
    changed.push(await answered(text));
  }
  for (const text of texts) await answered(text, true);
  for (const text of texts) {
    completer.changed({ tables: true, functions: false, rows: false });
    renewed.push(await answered(text, true));
  }
  for (let round = 0; round < (quick ? 5 : 20); round++) for (const text of texts) warm.push(await answered(text));
  for (let round = 0; round < (quick ? 5 : 20); round++)
    for (const text of texts) keys.push(await keyToList(session, completer, text));
  return [
    { name: 'completion, p95', values: [percentile(warm, 0.95)], unit: 'ms', atMost: 60 },
    { name: 'completion, median', values: [percentile(warm, 0.5)], unit: 'ms' },
    { name: 'completion after a change of the file, p95', values: [percentile(changed, 0.95)], unit: 'ms', atMost: 60 },
    { name: 'completion after a change of the file, median', values: [percentile(changed, 0.5)], unit: 'ms' },
    { name: 'until a new table is offered, p95', values: [percentile(renewed, 0.95)], unit: 'ms' },
    { name: 'completion, the first of a start, p95', values: [percentile(cold, 0.95)], unit: 'ms' },
    { name: 'completion, the first of a start, median', values: [percentile(cold, 0.5)], unit: 'ms' },
    { name: 'a key and its list through the prompt, p95', values: [percentile(keys, 0.95)], unit: 'ms', atMost: 60 },
    { name: 'a key and its list through the prompt, median', values: [percentile(keys, 0.5)], unit: 'ms' },
  ];
}

/** The last key of a text: reducer, engine, reducer again, rows; everything but the terminal. */
async function keyToList(session: Session, completer: Completer, text: string): Promise<number> {
  const status = session.status();
  const before: PromptState = {
    ...emptyPrompt,
    buffer: { ...emptyPrompt.buffer, text: text.slice(0, -1), cursor: text.length - 1 },
  };
  const begun = performance.now();
  let { state } = pressed(
    before,
    { type: 'text', text: text.slice(-1) },
    {
      entries: [],
      openness: part => session.openness(part),
      prompt: promptLine(status, screen),
      cells: 99,
      now: begun,
    },
  );
  const question = state.completing.asked;
  if (question) {
    state = withCompletions(state, question, await completer.complete(question.text, question.cursor));
  }
  compose({
    screen,
    status,
    prompt: state,
    words: { keywords: builtInKeywords, isCommand: isCommandOf(session.registry) },
    suggestion: null,
    head: [],
    running: [],
    jobs: [],
    folded: false,
    notice: null,
    top: 0,
    gap: false,
  });
  return performance.now() - begun;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
