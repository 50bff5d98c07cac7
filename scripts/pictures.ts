/**
 * `node scripts/pictures.mjs [SIZE … | report]`: pictures of the real program for the documentation, in docs/pictures: each scene at 100×30,
 * 60×15 and 200×60, dark and light. The market is the demo's at a fixed instant, so that a picture changes only when the
 * program does. What a scene needs and the build does not have is told and left out. `report` is a report as a browser shows it,
 * light and dark, where a Chromium is installed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Home, PseudoTerminal, program } from '../test/e2e/terminal.ts';
import { browser, browserArgs } from './pictures/browser.ts';
import { type Look, svgOf } from './pictures/svg.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const folder = join(root, 'docs/pictures');
const sizes = [
  [100, 30],
  [60, 15],
  [200, 60],
] as const;
const wanted = process.argv.slice(2);
const now = '2026-11-20T20:00:00+08:00';
const failing = ['sh.600036', 'sz.000651', 'sh.601318', 'sz.002415'];
const home = new Home();
const environment = { DUCKLINE_NOW: now, DUCKLINE_RELEASE_AFTER: '0', DUCKLINE_GLYPHS: 'drawn' };

const titles: Readonly<Record<string, string>> = {
  prompt: 'A statement and its result at the prompt of duckline',
  failures: 'The list of what failed, one code marked to be asked for again',
  viewer: 'A result over the whole window',
  chart: 'Candles of a stock with volume and moving averages',
  completion: 'What can stand at the cursor, with kind and type beside each',
  sync: 'A fetch by five workers that goes on above the prompt while a statement is typed',
};

class Sitter extends PseudoTerminal {
  save(scene: string, columns: number, rows: number, look: Look): void {
    const name = `${scene}-${columns}x${rows}-${look}.svg`;
    writeFileSync(join(folder, name), svgOf(this.terminal, look, titles[scene] ?? scene));
    console.log(`  ${name}`);
  }
}

async function serve(...words: string[]): Promise<{ readonly gateway: ChildProcess; readonly endpoint: string }> {
  const gateway = spawn(process.execPath, [program, 'gateway', '--demo', ...words], {
    env: { PATH: process.env.PATH, HOME: home.folder, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise(resolve => {
    createInterface({ input: gateway.stdout as NodeJS.ReadableStream }).on('line', line => {
      const port = /^listening 127\.0\.0\.1 (\d+)$/.exec(line)?.[1];
      if (port) resolve({ gateway, endpoint: `127.0.0.1:${port}` });
    });
  });
}

/** A file with some codes, and some that failed. */
function prepare(file: string, endpoint: string): void {
  const codes = '600519 000001 300750 600000 000002 601398 000858 600030 000333'.split(' ');
  const env = {
    PATH: process.env.PATH,
    HOME: home.folder,
    XDG_STATE_HOME: home.path('state'),
    XDG_DATA_HOME: home.path('data'),
    XDG_CONFIG_HOME: home.path('config'),
    ...environment,
  };
  spawnSync(
    process.execPath,
    [program, '--db', file, '--endpoint', endpoint, '--workers', '5', 'fetch', ...codes, ...failing, '--from', '-1y'],
    { env, stdio: ['ignore', 'ignore', 'ignore'] },
  );
}

async function scenes(columns: number, rows: number, look: Look, endpoint: string, base: string): Promise<void> {
  copyFileSync(base, home.path('work', 'market.duckdb'));
  const sitter = new Sitter(['--endpoint', endpoint, '--workers', '5'], {
    home,
    columns,
    rows,
    environment: { ...environment, DUCKLINE_THEME: look },
    patienceMs: 20_000,
  });
  const save = (scene: string): void => sitter.save(scene, columns, rows, look);
  /** A scene that the build may not have: what it waits for does not come. */
  const perhaps = async (scene: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      save(scene);
    } catch (thrown) {
      console.log(
        `  ${scene}-${columns}x${rows}-${look} left out: ${String((thrown as Error).message).split('\n')[0]}`,
      );
    }
    sitter.press('escape');
    await sitter.waitFor(({ alternate }) => !alternate);
    sitter.press('C-c', 'C-l');
    await sitter.prompt();
  };
  try {
    await sitter.waitFor(/daily to/);
    await sitter.prompt(1);
    const ask = async (): Promise<void> => {
      sitter.enter('select i.name, d.close, d.pct_chg, d.turn, yi(d.amount) as yi');
      sitter.enter('  from daily d join instruments i using (code)');
      sitter.enter(' where d.date = session(0) order by d.pct_chg desc limit 6;');
      await sitter.waitFor(/6 rows · /);
      await sitter.prompt();
    };
    await ask();
    save('prompt');
    sitter.press('C-l');
    await perhaps('failures', async () => {
      sitter.enter('failures');
      await sitter.waitFor(/Space marks|failures? ·|4 failed/);
      await sitter.waitFor('600036');
      sitter.type(' ').press('down');
      await sitter.waitFor(/\[x\]/);
    });
    await perhaps('viewer', async () => {
      sitter.enter('from daily order by date, code;');
      await sitter.waitFor('F3');
      await sitter.prompt();
      sitter.press('f3');
      await sitter.waitFor(
        ({ alternate, screen }) => alternate && screen.some(row => row.startsWith('❯ ')),
        'the viewer',
      );
      sitter.press('down', 'down');
      await sitter.waitFor(/row 3/);
    });
    await perhaps('chart', async () => {
      sitter.enter('chart 600519');
      await sitter.waitFor(/[┃║█]/);
      await sitter.prompt();
    });
    await perhaps('completion', async () => {
      sitter.type("select code, cl from daily where code = 'gzm").press('C-a');
      for (let n = 0; n < 15; n++) sitter.press('right');
      sitter.press('tab');
      await sitter.waitFor(/close +column/);
    });
    await ask();
    sitter.enter('fetch --all --from 2026-09-01');
    await sitter.waitFor(/([7-9]\d|\d{3}) of \d+ · .*left|fetch \d+ [━─]+ [2-9]\d %/, 'the job');
    sitter.type('select count(*) from daily;');
    await sitter.waitFor(/from daily;$/m);
    save('sync');
  } finally {
    await sitter.close();
    rmSync(home.path('work', 'market.duckdb'), { force: true });
    rmSync(home.path('work', 'market.duckdb.wal'), { force: true });
    rmSync(home.path('state', 'duckline', 'history'), { force: true });
  }
}

/** A notebook of the demo market as a page, wide and narrow. */
function reportPages(): void {
  const chromium = browser();
  if (chromium === null) {
    console.log('  report left out: no Chromium is installed');
    return;
  }
  const env = { PATH: process.env.PATH, HOME: home.folder, ...environment };
  const page = home.path('evening.html');
  const made = spawnSync(
    process.execPath,
    [program, '--demo', 'report', join(folder, '../../scripts/pictures/evening.sql'), '--to', page],
    { env, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  if (made.status !== 0) throw new Error(`the report ended with ${made.status}`);
  for (const [width, height, look] of [
    [1000, 2720, 'light'],
    [420, 2200, 'dark'],
  ] as const) {
    const name = `report-${width}-${look}.png`;
    const scheme = look === 'dark' ? ['--blink-settings=preferredColorScheme=0'] : [];
    spawnSync(
      chromium,
      [
        ...browserArgs,
        ...scheme,
        `--window-size=${width},${height}`,
        `--screenshot=${join(folder, name)}`,
        `file://${page}`,
      ],
      { env, stdio: 'ignore' },
    );
    console.log(`  ${name}`);
  }
}

mkdirSync(folder, { recursive: true });
if (wanted.length === 0 || wanted.includes('report')) reportPages();
if (wanted.join() === 'report') {
  home.remove();
  process.exit();
}
const faulty = await serve(
  ...failing.flatMap((code, n) => ['--fault', n % 2 ? `drop@${code}:1` : `error=10004020@${code}:1`]),
);
const slow = await serve('--latency', '120');
try {
  const base = home.path('base.duckdb');
  prepare(base, faulty.endpoint);
  for (const [columns, rows] of sizes) {
    if (wanted.length > 0 && !wanted.includes(`${columns}x${rows}`)) continue;
    for (const look of ['dark', 'light'] as const) await scenes(columns, rows, look, slow.endpoint, base);
  }
} finally {
  faulty.gateway.kill();
  slow.gateway.kill();
  home.remove();
}
