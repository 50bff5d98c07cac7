import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProviderFile } from '../../src/fetch/provider-file.ts';
import { bundle } from './bundle.ts';
import { StandingClock } from './clock.ts';

let folder: string;
let path: string;
const clock = new StandingClock();

function file(): ProviderFile {
  return new ProviderFile(path, 'baostock.com', clock);
}

describe('provider file', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'duckline-providers-'));
    path = join(folder, 'state', 'providers.json');
    clock.at = Date.parse('2026-11-20T20:00:00+08:00');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('knows nothing before the first message', () => {
    expect(file().known()).toEqual({ used: 0, ban: null, bans: 0, sessions: null });
    expect(existsSync(path)).toBe(false);
  });

  it('adds up the messages of a day, takes the higher count, and begins the next day at zero', () => {
    expect(file().add(3).used).toBe(3);
    expect(file().add(4).used).toBe(7);
    expect(file().atLeast(5).used).toBe(7);
    expect(file().atLeast(9).used).toBe(9);
    clock.at = Date.parse('2026-11-21T00:00:00+08:00');
    expect(file().known().used).toBe(0);
  });

  it('remembers bans of the year and the sessions that were allowed', () => {
    const ban = { until: clock.now() + 1, saidAt: clock.now(), said: '黑名单用户' };
    file().saveBan(ban);
    file().saveBan({ ...ban, until: ban.until + 1 });
    file().saveSessions(2);
    expect(file().known()).toMatchObject({ bans: 2, ban: { until: ban.until + 1 }, sessions: { allowed: 2 } });
    clock.at = Date.parse('2027-01-02T00:00:00+08:00');
    expect(file().known().bans).toBe(0);
  });

  it('puts a damaged file aside', () => {
    file().add(1);
    for (const text of ['{"providers":{"baostock.com":{"used":"many"}}}', 'no json', '']) {
      writeFileSync(path, text);
      expect(file().known().used).toBe(0);
      expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
    }
    expect(file().add(1).used).toBe(1);
  });

  it('takes over the lock of a process that is gone', () => {
    file().add(1);
    writeFileSync(`${path}.lock`, '999999999');
    expect(file().add(1).used).toBe(2);
  });

  it('gives the sessions to one process at a time, and takes them back from a dead one', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    file().add(1);
    const entries = JSON.parse(readFileSync(path, 'utf8'));
    entries.providers['baostock.com'].holders = [{ pid: child.pid, sessions: 1, at: clock.now() }];
    writeFileSync(path, JSON.stringify(entries));
    expect(file().hold(1, 1)).toEqual({ pid: child.pid, since: clock.now() });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(file().hold(1, 1)).toBeNull();
    file().letGo();
    expect(JSON.parse(readFileSync(path, 'utf8')).providers['baostock.com'].holders).toEqual([]);
  });

  it('loses no message when several processes count at once', async () => {
    const program = await bundle('counting-program');
    try {
      const children = [1, 2, 3].map(() => spawn(process.execPath, [program.file, path], { stdio: 'inherit' }));
      await Promise.all(children.map(child => once(child, 'exit')));
      expect(file().known().used).toBe(300);
    } finally {
      program.remove();
    }
  });
});
