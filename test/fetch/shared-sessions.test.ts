/** Two programs and the provider's own host, which allows one session at a time: the gateway behind that name sees one. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoNow } from '../../src/gateway/demo/demo-market.ts';
import { Home, type RunningGateway } from '../slice/program.ts';
import { type Bundle, bundle } from './bundle.ts';
import { stocks } from './rig.ts';

let home: Home;
let worker: Bundle;
let gateway: RunningGateway;

/** A program at work on a file of its own, and what it has said so far. */
function start(name: string, codes: readonly string[]) {
  const endpoint = `no-such-host.baostock.com:${gateway.endpoint.split(':')[1]}`;
  const child: ChildProcess = home.start([
    'fetch',
    ...codes,
    ...['--from', '2026-06-01', '--endpoint', endpoint, '--db', home.path(`${name}.duckdb`)],
  ]);
  let said = '';
  child.stderr?.on('data', chunk => {
    said += chunk;
  });
  return { child, said: () => said, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

const known = () =>
  JSON.parse(readFileSync(home.path('state/duckline/providers.json'), 'utf8')).providers['baostock.com'];

describe('two programs at the provider’s own host', () => {
  beforeAll(async () => {
    worker = await bundle('here-worker');
    home = new Home({ DUCKLINE_NOW: demoNow(), DUCKLINE_WORKER: worker.file });
    gateway = await home.gateway(
      ...['--demo', '--codes', '60', '--years', '2', '--latency', '100', '--stats-port', '0'],
    );
  });
  afterAll(() => {
    home?.close();
    worker?.remove();
  });

  it('share its one session and its count of messages: the second says for whom it waits, then goes on', async () => {
    const first = start('first', stocks(20));
    await expect.poll(async () => (await gateway.stats()).openConnections, { timeout: 30_000 }).toBe(1);
    const second = start('second', stocks(3));
    await expect
      .poll(second.said, { timeout: 30_000 })
      .toContain(`waits for process ${first.child.pid}, which is talking to the provider`);
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    const { logins, maxConnections, requests } = await gateway.stats();
    expect({ logins, maxConnections }).toEqual({ logins: 2, maxConnections: 1 });
    const sent = Object.values(requests).reduce((sum, count) => sum + count, 0);
    expect(known()).toMatchObject({ used: sent, holders: [] });
  }, 120_000);

  it('leave the session to the other one when killed', async () => {
    const first = start('third', stocks(40));
    await expect.poll(async () => (await gateway.stats()).openConnections, { timeout: 30_000 }).toBe(1);
    const second = start('fourth', stocks(2));
    await expect.poll(second.said, { timeout: 30_000 }).toContain(`waits for process ${first.child.pid}`);
    first.child.kill('SIGKILL');
    expect(await second.ended).toBe(0);
    expect(known().holders).toEqual([]);
  }, 120_000);
});
