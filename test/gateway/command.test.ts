/** The command `gateway`: its options, what it prints, and its end with the one who started it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import yargs from 'yargs';
import { gateway } from '../../commands/gateway.ts';
import type { CommandContext } from '../../src/shell/command.ts';
import { Talk } from './talk.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), '../../dist/duckline.cjs');
const children = new Set<ChildProcess>();

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

/** Runs the command here, as the program would with these arguments. */
function start(...args: string[]) {
  const lines: string[] = [];
  const ending = new AbortController();
  let heard: (() => void) | null = null;
  const context = {
    signal: ending.signal,
    print: (text: string) => {
      lines.push(text);
      heard?.();
    },
  } as unknown as CommandContext;
  const parsed = gateway
    .options(yargs(args).exitProcess(false).parserConfiguration({ 'parse-numbers': false }))
    .parseSync();
  const ended = gateway.run(parsed, context);
  const listening = new Promise<number>((resolve, reject) => {
    heard = () => resolve(Number(/^listening 127\.0\.0\.1 (\d+)$/.exec(lines[0] ?? '')?.[1]));
    ended.catch(reject);
  });
  listening.catch(() => undefined);
  return { lines, listening, ended, stop: () => ending.abort() };
}

describe('gateway', () => {
  it('says first where it listens and last what it did', async () => {
    const one = start(
      '--demo',
      '--codes',
      '60',
      '--years',
      '1',
      '--fault',
      'drop@sz.000001:1',
      '--fault',
      'error:0',
      '--stats-port',
      '0',
    );
    const talk = await Talk.loggedIn(await one.listening);
    expect((await talk.bars('sh.600519', '2026-11-20', '2026-11-20')).length).toBe(1);
    talk.send('15', ['query_adjust_factor', 'anonymous', '1', '2000', 'sz.000001', '2026-01-01', '2026-11-20']);
    await talk.untilClosed();
    one.stop();
    expect(await one.ended).toEqual({ view: null, exitCode: 0 });
    expect(one.lines[1]).toMatch(/^stats-port 127\.0\.0\.1 \d+$/);
    expect(one.lines.length).toBe(3);
    const stats = JSON.parse(one.lines[2]?.replace(/^stats /, '') ?? '');
    expect(stats).toMatchObject({ logins: 1, maxConnections: 1, faults: { drop: 1 } });
    expect(stats.requests).toEqual({ login: 1, query_history_k_data_plus: 1, query_adjust_factor: 1 });
  });

  it('serves the demo on the evening of its last session, or when it is told', async () => {
    const evening = start('--codes', '60', '--years', '1');
    const talk = await Talk.open(await evening.listening);
    expect((await talk.login()).fields[4]).toMatch(/^20261120200\d{6}$/);
    evening.stop();
    await evening.ended;
    const noon = start('--codes', '60', '--years', '1', '--now', '2026-11-18T12:00:00+08:00');
    const other = await Talk.loggedIn(await noon.listening);
    expect((await other.bars('sh.600519', '2026-11-16', '2026-11-20')).at(-1)?.[0]).toBe('2026-11-17');
    noon.stop();
    await noon.ended;
  });

  it.each([
    [['--data', '.', '--demo'], 'a gateway serves either --data or --demo, not both'],
    [['--port', 'x'], '--port is “x”, not a whole number from 0 to 65535'],
    [['--codes', '6000'], '--codes is “6000”, not a whole number from 1 to 5400'],
    [['--latency', '-5'], '--latency is “-5”, not a whole number from 0 to 3600000'],
    [['--published-until', 'soon'], '--published-until is “soon”, neither a date nor a time of day'],
    [['--fault', 'drop'], '--fault “drop” is not of the form KIND:RATE, KIND=VALUE:RATE or KIND@CODE:RATE'],
    [['--account', 'somebody'], '--account is not of the form USER:PASSWORD'],
    [['--data', '/nowhere/at/all'], 'there is no folder /nowhere/at/all to serve'],
  ])('refuses %j in one sentence', async (args, sentence) => {
    await expect(start(...args).ended).rejects.toThrow(sentence);
  });

  it('refuses a time that is none', async () => {
    await expect(start('--now', 'noon').ended).rejects.toMatchObject({ kind: 'usage' });
  });
});

interface Program {
  readonly child: ChildProcess;
  readonly port: number;
  readonly lines: readonly string[];
}

async function startProgram(...args: string[]): Promise<Program> {
  const child = spawn(process.execPath, [program, 'gateway', '--codes', '60', '--years', '1', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  reader.on('line', line => lines.push(line));
  await once(reader, 'line');
  return { child, port: Number(lines[0]?.split(' ')[2]), lines };
}

describe('the program as a gateway', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends on %s with its counters and exit code 0', async signal => {
    const { child, port, lines } = await startProgram();
    (await Talk.loggedIn(port)).close();
    child.kill(signal);
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(lines.length).toBe(2);
    expect(JSON.parse(lines[1]?.replace(/^stats /, '') ?? '')).toMatchObject({ logins: 1 });
  });

  it('ends when its parent closes its standard input, if it was asked to', async () => {
    const { child } = await startProgram('--exit-with-parent');
    child.stdin?.end();
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
  });

  it('ends when its parent is killed', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, [${JSON.stringify(program)}, 'gateway', '--codes', '60', '--years', '1', '--exit-with-parent'],
        { stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdout.once('data', text => console.log(child.pid, String(text).trim()));
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(parent);
    const [said] = await once(createInterface({ input: parent.stdout as NodeJS.ReadableStream }), 'line');
    const pid = Number(String(said).split(' ')[0]);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
