/**
 * Every example of every command's help, run as it stands: at a prompt on the demo market, whose cells and jobs are made so that
 * the numbers in the examples mean something. What runs only elsewhere is run there, or is left out with the reason.
 */
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from '../../commands/all.ts';
import { readSettings } from '../../src/config/settings.ts';
import { killedShell, openAutosave } from '../../src/shell/autosave.ts';
import { loadDemo } from '../../src/shell/demo-load.ts';
import { createEngine, type Engine } from '../../src/shell/engine.ts';
import { openHistory } from '../../src/shell/history.ts';
import { createJobs, type Jobs } from '../../src/shell/jobs.ts';
import { createRegistry } from '../../src/shell/registry.ts';
import { openSession, type Session } from '../../src/shell/session.ts';
import { Home, root } from '../slice/program.ts';

/** Not run here, and why. */
const left: Readonly<Record<string, string>> = {
  'gateway --demo --latency 100 --fault drop:0.1': 'serves until it is ended: test/gateway runs it',
  'gateway --data my-csv-folder --port 10030': 'serves until it is ended, on the usual port: test/gateway runs it',
  'completion bash': 'runs outside the shell: test/commands/completion.test.ts runs it in bash',
  'completion fish': 'runs outside the shell: test/commands/completion.test.ts runs it',
};

/** Exit codes of examples that do not end with 0. */
const others: Readonly<Record<string, number>> = {
  // Of the job that is cancelled meanwhile.
  'wait 4': 130,
};

const seven = [
  'wait',
  'select 2 as two;',
  "select date, code, close from daily where code in ('sh.600519', 'sz.000001') and date > session(20);",
  ...[4, 5, 6, 7].map(n => `select ${n} as n;`),
];

/** In their order. A line that is no example prepares the next ones. */
const cells = [
  ...['cells', 'chart 3 --x date --y close --by code', 'rerun 3', 'rerun 3-7', 'rerun stale', 'name 3 momentum'],
  ...['from _momentum;', 'export 3 momentum.html', 'view', 'view 3', 'edit 3', 'export notes.ipynb', 'save notes.sql'],
  ...[
    'save notes.sql 2 5-7 --force',
    'open notes.sql',
    'open --last',
    'let code sh.600519',
    'let since 2024-01-02',
    'let',
  ],
  ...['save notes.sql 1-3 --force', 'let code --clear', 'run notes.sql', 'run notes.sql --set code=sz.000001'],
  ...['report notes.sql --to notes.html', 'report notes.sql --to notes.md --set code=sz.000001', 'mode', 'mode csv'],
  "alias up = 'from daily where date = session(0) order by pct_chg desc'",
  ...[
    'alias',
    'alias up --clear',
    'mode table',
    'config show',
    'config path',
    'help fetch',
    'help recipes',
    'help keys',
  ],
];
const looks = [
  ...[
    'card 600519',
    'card 贵州茅台',
    'chart 600519',
    'chart 贵州茅台 --period w --from -3y',
    'chart 600519 000001 --full',
  ],
  'chart "select date, close from daily where code = \'sh.600519\'"',
  'chart "select board, count(*) as n from instruments group by all" --type bar',
  ...['instruments 平安', 'instruments gzmt', 'instruments 6885', 'last 600519', 'last --all', 'gaps', 'check'],
  ...['gaps 600519 --from 2020', 'failures', 'failures --class network --since today', 'failures explain 600519'],
  ...['runs', 'tables', 'tables --list', 'tables daily', 'export daily daily.parquet'],
  ...['export "from daily where close > 100" high.csv', 'export daily bars --partition-by year,month'],
  ...['universe save mine 600519 000001 宁德时代', 'universe', 'universe remove mine --yes'],
  'universe save active "select code from daily where date = session(0) and turn > 2"',
  ...['pool', 'pool --watch', 'pool set size 10', 'pool preset read', 'pool recycle', 'release', 'sync --plan'],
];
/** Jobs of their own, which are waited for. */
const jobsDone = [
  ...['fetch 600519 平安银行 --from -1y', 'fetch --dataset profit 600519', 'retry 600519', 'retry --class network'],
  ...['retry --all', 'sync --dataset industry'],
];
/** Those that go on for long: begun, and cancelled. */
const jobsBegun = [
  ...[
    'fetch sh.000300 --from 2006',
    'sync --universe hs300 --from 2020',
    'sync 600519 000001 --period 5',
    'sync --wait',
  ],
];
const last = [
  ...['verify --codes 10', 'verify 600519 --from 2015', 'failures clear 600519 --reason "delisted in 2019"'],
  ...['forget 600519', 'forget min5 --yes', 'compact', 'quit'],
];
/** On a file that is not the demo's. */
const imports = ['import bars.csv', 'import 600519.csv --plan', 'import prices.parquet --code 600519'];
const concurrent = ['fetch --all --from 2020-01-01', 'sync', 'wait 4', 'jobs', 'runs 4', 'cancel +1', 'cancel 4'];

let home: Home;
let engine: Engine;
let jobs: Jobs;
let session: Session;
/** Another one over the same jobs. */
let beside: Session;
const place = process.cwd();

function opened(): Session {
  return openSession({
    engine,
    registry: createRegistry(commands),
    jobs,
    history: openHistory(home.path('history')),
    interactive: true,
    print: () => undefined,
  });
}

beforeAll(async () => {
  home = new Home();
  process.chdir(home.path(''));
  const environment = { ...home.environment };
  const settings = readSettings({ demo: true, db: home.path('demo.duckdb') }, environment);
  engine = createEngine({ settings, environment, version: '0.1.0', program: join(root, 'dist/duckline.cjs') });
  jobs = createJobs({ background: true, now: Date.now });
  session = opened();
  beside = opened();
});
afterAll(async () => {
  await beside.close();
  await session.close();
  await engine.close();
  process.chdir(place);
  home.close();
});

/** What a text showed, where it did not end as it should. */
async function ends(line: string, at: Session = session): Promise<string[]> {
  const said: string[] = [];
  const { exitCode } = await at.submit(line, {
    onView: view => {
      if (view.kind === 'problem') said.push(view.problem.message);
    },
    onOpen: async () => true,
  }).done;
  const expected = others[line] ?? 0;
  return exitCode === expected ? [] : [`${line}: ${exitCode} instead of ${expected}: ${said.join('; ')}`];
}

async function inOrder(lines: readonly string[]): Promise<void> {
  for (const line of lines) expect(await ends(line)).toEqual([]);
}

/** A killed shell leaves its cells under the number of a process that is no more. */
async function leaveKilledShell(): Promise<void> {
  const cell = { text: 'select 1 as before', title: null, name: null, kind: 'sql' } as never;
  await openAutosave(engine.environment).save({ file: engine.file, title: null, params: [], cells: [cell] });
  const folder = join(home.path('state'), 'duckline');
  const name = readdirSync(folder).find(each => each.endsWith(`-${process.pid}.json`)) ?? '';
  renameSync(join(folder, name), join(folder, name.replace(`-${process.pid}.json`, '-4194303.json')));
  // As the next shell does when it starts.
  expect(killedShell(engine.environment)).not.toBeNull();
}

it('has each example of help among those that are run, or a reason why not', () => {
  const run = new Set([...cells, ...looks, ...jobsDone, ...jobsBegun, ...last, ...imports, ...concurrent]);
  const examples = commands.flatMap(command => command.examples.map(({ line }) => line));
  for (const { name, examples: own } of commands) expect([name, own.length > 0]).toEqual([name, true]);
  expect(examples.filter(line => !run.has(line) && !(line in left))).toEqual([]);
  expect(Object.keys(left).filter(line => !examples.includes(line))).toEqual([]);
});

it('runs the examples of help at a prompt', async () => {
  await loadDemo(engine, jobs, new AbortController().signal);
  await inOrder(seven);
  await leaveKilledShell();
  await inOrder(cells);
  for (const line of jobsDone.slice(0, 2)) await inOrder([line, 'wait']);
  await inOrder(['fetch --all --from 2020-01-01', 'sync']);
  const waiting = ends('wait 4', beside);
  await inOrder(['jobs', 'runs 4', 'cancel +1', 'cancel 4']);
  expect(await waiting).toEqual([]);
  await session.submit('wait', { onView: () => undefined }).done;
  await inOrder([...looks, ...jobsDone.slice(2).flatMap(line => [line, 'wait'])]);
  for (const line of jobsBegun) {
    await inOrder([line]);
    const running = session.submit('wait', { onView: () => undefined });
    for (const job of jobs.running) job.cancel();
    await running.done;
  }
  await inOrder(last);
}, 240_000);

it('runs the examples of import on a file of its own', async () => {
  const evening = new Home({ DUCKLINE_NOW: '2026-11-20T20:00:00+08:00' });
  const gateway = await evening.gateway('--demo');
  const head = 'code,date,open,high,low,close,volume,amount\n';
  writeFileSync(evening.path('bars.csv'), `${head}sh.600519,2026-11-20,1500,1520,1490,1510,3000,4500000\n`);
  writeFileSync(evening.path('600519.csv'), `${head}sh.600519,2026-11-19,1500,1520,1490,1510,3000,4500000\n`);
  const prices = `copy (select date '2026-11-18' as date, 1500.0 as open, 1520.0 as high, 1490.0 as low, 1510.0 as close,
    3000 as volume, 4500000.0 as amount) to 'prices.parquet'`;
  const { code, err } = await evening.run([
    ...['--db', 'market.duckdb', '--endpoint', gateway.endpoint, '-c', 'fetch --dataset calendar', '-c', prices],
    ...imports.flatMap(line => ['-c', line]),
  ]);
  await gateway.stop();
  evening.close();
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
}, 60_000);
