/**
 * What the prompt feels like, at the built program in a pseudo-terminal: how long until a key stands on the screen at the start (on a
 * file of 60 MB, against a bare prompt on the same toolkit), idle, and while eight workers redraw; what it costs to sit
 * there; the first rows of a million; how soon a statement is cancelled; memory after 500 and 900 results, narrow and wide; how
 * soon completions come. `--quick` repeats less, `--only=start|rest|memory|completion|redraw` measures one part.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { completionFigures } from './shell/completion-times.ts';
import { rest, Typist } from './shell/typist.ts';
import { type Figure, report } from './table.ts';

const root = process.env.DUCKLINE_ROOT ?? '.';
const program = join(root, 'dist/duckline.cjs');
const quick = process.argv.includes('--quick');
const only = process.argv.find(word => word.startsWith('--only='))?.slice('--only='.length) ?? '';
const starts = quick ? 3 : 9;
const keys = quick ? 60 : 200;
const folder = mkdtempSync(join(tmpdir(), 'duckline-bench-shell-'));
const file = join(folder, 'market.duckdb');
const environment: Record<string, string> = {
  PATH: process.env.PATH ?? '',
  HOME: folder,
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  DUCKLINE_RELEASE_AFTER: '0',
};
for (const name of ['STATE', 'DATA', 'CONFIG', 'CACHE']) {
  environment[`XDG_${name}_HOME`] = join(folder, name.toLowerCase());
  mkdirSync(join(folder, name.toLowerCase()));
}

/** Toolkit and program bundled the same way. */
async function barePrompt(): Promise<string> {
  const out = join(dirname(fileURLToPath(import.meta.url)), 'ink-prompt.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['scripts/bench/shell/ink-prompt.tsx'],
    outfile: out,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    jsx: 'automatic',
    minifySyntax: true,
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    alias: { 'react-devtools-core': join(root, 'package.json') },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return out;
}

/** Milliseconds from the start of a program until a key that was typed at once stands behind its prompt. */
async function untilEcho(command: readonly string[], prompt: RegExp): Promise<number> {
  const begun = performance.now();
  const typist = new Typist(command, environment, folder);
  try {
    typist.type('q');
    await typist.sees(prompt);
    return performance.now() - begun;
  } finally {
    await typist.end();
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function installed(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}

const figures: Figure[] = [];

const shell = [process.execPath, program, '--db', file];

// ── The first key ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function firstKey(): Promise<void> {
  spawnSync(
    process.execPath,
    [
      program,
      '--db',
      file,
      '-c',
      'create table filler as select random() as a, random() as b, random() as c, random() as d from range(2_200_000); checkpoint;',
    ],
    { env: environment, cwd: folder, stdio: 'inherit' },
  );
  console.log(`  the file has ${(statSync(file).size / 1e6).toFixed(0)} MB`);
  const ourPrompt = /\[1\] ❯ ?q/;
  const bare = await barePrompt();
  const first = { ours: [] as number[], bare: [] as number[], node: [] as number[], ratio: [] as number[] };
  await untilEcho(shell, ourPrompt);
  await untilEcho([process.execPath, bare], /❯ ?q/);
  for (let round = 0; round < starts; round++) {
    const ours = await untilEcho(shell, ourPrompt);
    const toolkit = await untilEcho([process.execPath, bare], /❯ ?q/);
    const begun = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    first.node.push(performance.now() - begun);
    first.ours.push(ours);
    first.bare.push(toolkit);
    first.ratio.push(ours / toolkit);
  }
  figures.push(
    { name: 'start to the first key on the screen, 60 MB', values: first.ours, unit: 'ms' },
    { name: 'a bare prompt on Ink', values: first.bare, unit: 'ms' },
    { name: 'node -e 0', values: first.node, unit: 'ms' },
    { name: 'start / bare prompt', values: first.ratio, atMost: 1.4 },
  );
  for (const [name, command, prompt] of [
    ['litecli', ['litecli', join(folder, 'lite.db')], /> ?q/],
    ['ipython', ['ipython', '--no-banner'], /In \[1\]: ?q/],
  ] as const) {
    if (!installed(name)) {
      console.log(`  ${name} is not installed`);
      continue;
    }
    const values: number[] = [];
    for (let round = 0; round < 3; round++) values.push(await untilEcho(command, prompt));
    figures.push({ name, values, unit: 'ms' });
  }
}

// ── At rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function atRest(): Promise<void> {
  const prompt = new Typist(shell, environment, folder);
  await prompt.sees(/\[1\] ❯/);
  await rest(2000);
  const idle = await prompt.keys(keys, 15);
  await rest(500);
  figures.push(
    { name: 'a key idle, p95', values: [percentile(idle, 0.95)], unit: 'ms', atMost: 30 },
    { name: 'a key idle, median', values: [percentile(idle, 0.5)], unit: 'ms' },
    { name: 'idle, of a core', values: [await prompt.load(quick ? 3000 : 10_000)], unit: '%', atMost: 2 },
  );

  // ── A million rows ──────────────────────────────────────────────────────────────────────────────────────────────────────

  let cell = 1;
  /** Runs a statement; milliseconds until its foot stands there, and the most memory meanwhile. */
  async function result(sql: string): Promise<{ readonly ms: number; readonly peak: number }> {
    let peak = prompt.held;
    const watch = setInterval(() => {
      peak = Math.max(peak, prompt.held);
    }, 5);
    prompt.type(`${sql}\r`);
    const ms = await prompt.sees(/rows? · [\d.]+ m?s/);
    cell++;
    await prompt.sees(`[${cell}] ❯`);
    clearInterval(watch);
    return { ms, peak: Math.max(peak, prompt.held) };
  }
  await result('select 1 as warm;');
  const million: number[] = [];
  const grown: number[] = [];
  for (let round = 0; round < (quick ? 3 : 7); round++) {
    const before = prompt.held;
    const { ms, peak } = await result('from range(1000000);');
    million.push(ms);
    grown.push(peak - before);
  }
  figures.push(
    { name: 'first rows of a million', values: million, unit: 'ms', atMost: 300 },
    { name: 'memory for them', values: grown, unit: 'MB', atMost: 100 },
  );
  const cancelled: number[] = [];
  for (let round = 0; round < (quick ? 3 : 7); round++) {
    prompt.type('select count(*) from range(1000000000000) a, range(1000000) b;\r');
    cell++;
    await prompt.sees(/running +\[\d+\] /);
    prompt.type('\x03');
    cancelled.push(await prompt.sees(/cancelled after/));
    await rest(100);
  }
  figures.push({ name: 'Ctrl-C until the statement is cancelled', values: cancelled, unit: 'ms', atMost: 500 });
  await prompt.end();
}

// ── Hundreds of results ──────────────────────────────────────────────────────────────────────────────────────────────────

/** As narrow as a question is, and as wide as a day of bars. */
const shapes = {
  narrow: `select range as n, hash(range) as h, '贵州茅台' as name from range(100);`,
  wide: `select 'sh.600519' as code, ${Array.from({ length: 18 }, (_, n) => `range * ${n}.5 as c${n}`).join(', ')} from range(20);`,
};

/** Each shape in a shell of its own, so that nothing before it has raised what it is compared with. */
async function held(): Promise<void> {
  for (const [shape, sql] of Object.entries(shapes)) {
    const prompt = new Typist(shell, environment, folder);
    await prompt.sees(/\[1\] ❯/);
    const after: number[] = [];
    const results = quick ? 500 : 900;
    for (let count = 1; count <= results; count++) {
      prompt.type(`${sql}\r`);
      await prompt.sees(/rows · .*[\d.]+ m?s/);
      await prompt.sees(`[${count + 1}] ❯`);
      if (count % 50 === 0) after.push(prompt.held);
    }
    console.log(`  memory after each 50 ${shape} results: ${after.map(value => value.toFixed(0)).join(' ')} MB`);
    const of = (late: number, early: number): Figure => ({
      name: `memory after ${late} ${shape} results / after ${early}`,
      values: [(after[late / 50 - 1] ?? Number.NaN) / (after[early / 50 - 1] ?? Number.NaN)],
      atMost: 1.1,
    });
    figures.push(of(500, 100));
    if (!quick) figures.push(of(900, 300));
    await prompt.end();
  }
}

// ── While eight workers redraw ──────────────────────────────────────────────────────────────────────────────────────────

async function redrawing(): Promise<void> {
  const gateway = spawn(process.execPath, [program, 'gateway', '--demo', '--latency', '600'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface({ input: gateway.stdout }), 'line');
    const port = String(line).split(' ')[2];
    const words = ['--db', join(folder, 'sync.duckdb'), '--endpoint', `127.0.0.1:${port}`, '--workers', '8'];
    const busy = new Typist([process.execPath, program, ...words], environment, folder);
    await busy.sees(/\[1\] ❯/);
    busy.type('fetch --all --from 2026-06-01\r');
    await busy.sees(/8 workers/);
    await busy.sees(/[1-9]\d* of \d+ ·/);
    figures.push({
      name: 'redrawing 8 workers, of a core',
      values: [await busy.load(quick ? 4000 : 8000)],
      unit: '%',
      atMost: 15,
    });
    const echoes = await busy.keys(keys, 15);
    figures.push(
      { name: 'a key while 8 workers redraw, p95', values: [percentile(echoes, 0.95)], unit: 'ms', atMost: 50 },
      { name: 'a key while 8 workers redraw, median', values: [percentile(echoes, 0.5)], unit: 'ms' },
    );
    await busy.end();
  } finally {
    gateway.kill('SIGKILL');
  }
}

const parts = {
  start: firstKey,
  rest: atRest,
  memory: held,
  completion: async () => void figures.push(...(await completionFigures(join(folder, 'completion'), quick))),
  redraw: redrawing,
};

try {
  for (const [part, measure] of Object.entries(parts)) if (only === '' || only === part) await measure();
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
report('shell', figures);
