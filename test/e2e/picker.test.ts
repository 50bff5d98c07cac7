/** The failure picker at the built program: what was picked is asked for again, and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home, PseudoTerminal, program } from './terminal.ts';

let home: Home;
const open: PseudoTerminal[] = [];
const gateways: ChildProcess[] = [];

interface Served {
  readonly port: number;
  readonly statsPort: number;
  end(): Promise<void>;
}

async function serve(...options: string[]): Promise<Served> {
  const gateway = spawn(process.execPath, [program, 'gateway', '--demo', '--stats-port', '0', ...options], {
    env: { PATH: process.env.PATH, HOME: home.folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  gateways.push(gateway);
  const ports = { listening: 0, stats: 0 };
  await new Promise<void>(resolve => {
    createInterface({ input: gateway.stdout as NodeJS.ReadableStream }).on('line', line => {
      const [, what, port] = /^(listening|stats)(?:-port)? 127\.0\.0\.1 (\d+)$/.exec(line) ?? [];
      if (what) ports[what as keyof typeof ports] = Number(port);
      if (ports.listening > 0 && ports.stats > 0) resolve();
    });
  });
  return {
    port: ports.listening,
    statsPort: ports.stats,
    end: () =>
      new Promise(resolve => {
        gateway.once('exit', () => resolve());
        gateway.kill('SIGTERM');
      }),
  };
}

/** Requests for each security since the gateway was started, by its own count. */
async function requested({ statsPort }: Served): Promise<string[]> {
  const report = (await (await fetch(`http://127.0.0.1:${statsPort}/`)).json()) as { codes: Record<string, number> };
  return Object.keys(report.codes).sort();
}

beforeEach(() => {
  home = new Home();
});

afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  for (const gateway of gateways.splice(0)) gateway.kill('SIGKILL');
  home.remove();
});

const refused = ['sh.600036', 'sh.600519', 'sz.000001'];
const cut = ['sh.601318', 'sz.300750'];

/** A prompt with five failures on the ledger, of two classes, and a gateway that does not fail any more. */
async function withFailures(columns: number, rows: number): Promise<{ terminal: PseudoTerminal; healthy: Served }> {
  const faulty = await serve(
    ...refused.flatMap(code => ['--fault', `error=10004020@${code}:1`]),
    ...cut.flatMap(code => ['--fault', `drop@${code}:1`]),
  );
  const terminal = new PseudoTerminal(
    ['--db', 'picked.duckdb', '--endpoint', `127.0.0.1:${faulty.port}`, '--workers', '3'],
    { home, columns, rows, patienceMs: 60_000 },
  );
  open.push(terminal);
  await terminal.prompt(1);
  terminal.enter(`fetch ${[...refused, ...cut].join(' ')} sz.000002 sh.600000 --from 2026-10-01`);
  await terminal.waitFor(/2 ok · 5 failed/);
  await terminal.prompt(2);
  await faulty.end();
  return { terminal, healthy: await serve('--port', String(faulty.port)) };
}

function picker(terminal: PseudoTerminal, text: string): Promise<void> {
  return terminal.waitFor(
    ({ alternate, screen }) => alternate && screen[0]?.startsWith('  failures') === true && screen[0].endsWith(text),
    `the picker with ${text}`,
  );
}

/** Moves the pointer to the row of a code. */
async function pointAt(terminal: PseudoTerminal, code: string): Promise<void> {
  const at = (): number => terminal.screen.findIndex(row => row.includes(code));
  const pointer = (): number => terminal.screen.findIndex(row => row.startsWith('  ❯'));
  for (let steps = at() - pointer(); steps !== 0; steps -= Math.sign(steps)) {
    const from = pointer();
    terminal.press(steps > 0 ? 'down' : 'up');
    await terminal.waitFor(() => pointer() !== from, 'the pointer on another row');
  }
}

describe('the failure picker', () => {
  it('asks again for exactly the two that were picked, then for a whole class', async () => {
    const { terminal, healthy } = await withFailures(100, 30);
    terminal.press('f4');
    await picker(terminal, '5 failed');
    await pointAt(terminal, 'sh.600519');
    terminal.type(' ');
    await picker(terminal, '1 marked');
    await pointAt(terminal, 'sz.300750');
    terminal.type(' ');
    await picker(terminal, '2 marked');
    expect(
      terminal.screen
        .filter(row => row.includes('[x]'))
        .map(row => /s[hz]\.\d+/.exec(row)?.[0])
        .sort(),
    ).toEqual(['sh.600519', 'sz.300750']);
    terminal.press('enter');
    await picker(terminal, '3 failed');
    await expect.poll(() => terminal.raw).toMatch(/stored \d+ bars/);
    expect(await requested(healthy)).toEqual(['sh.600519', 'sz.300750']);

    await pointAt(terminal, 'sz.000001');
    terminal.press('tab');
    await picker(terminal, '2 marked');
    terminal.press('enter');
    await picker(terminal, '1 failed');
    expect(await requested(healthy)).toEqual(['sh.600036', 'sh.600519', 'sz.000001', 'sz.300750']);

    terminal.press('escape');
    await terminal.prompt(3);
    await expect.poll(() => terminal.alternate).toBe(false);
    await expect.poll(() => terminal.everything.filter(row => row.includes('[2] ❯ failures'))).toHaveLength(1);
    terminal.enter('select code from meta.failures;');
    await terminal.waitFor(/^ +sh\.601318$/m);
  });

  it('filters by what is typed, shows what was tried, and leaves with Esc, in a small window', async () => {
    const { terminal, healthy } = await withFailures(60, 15);
    terminal.enter('failures');
    await picker(terminal, '5 failed');
    terminal.type('/平安');
    await picker(terminal, '2 of 5');
    await expect.poll(() => terminal.screen.filter(row => /sz\.000001|sh\.601318/.test(row))).toHaveLength(2);
    terminal.press('escape');
    await picker(terminal, '5 failed');
    await pointAt(terminal, 'sz.300750');
    terminal.press('right');
    await terminal.waitFor(/when +.*try/);
    await terminal.waitFor(/network/);
    terminal.press('left');
    await picker(terminal, '5 failed');
    terminal.press('escape');
    await terminal.prompt(3);
    expect(await requested(healthy)).toEqual([]);
    terminal.enter('failures --class bad-request 600036');
    await picker(terminal, '1 failed');
    terminal.press('C-c');
    await terminal.prompt(4);
    terminal.enter('failures 000002');
    await terminal.waitFor('nothing failed');
    await expect.poll(() => terminal.alternate).toBe(false);
  });
});
