import { describe, expect, it } from 'vitest';
import { Policy, type ProviderMemory } from '../../src/fetch/policy.ts';
import { type Known, nothingKnown } from '../../src/fetch/provider.ts';
import { StandingClock } from './clock.ts';

function make(options: { budget?: number; known?: Partial<Known>; memory?: ProviderMemory; perSecond?: number } = {}) {
  const clock = new StandingClock('2026-11-20T20:00:00+08:00');
  const policy = new Policy({
    clock,
    endpoint: '127.0.0.1:10030',
    known: { ...nothingKnown, ...options.known },
    budget: options.budget ?? null,
    perSecond: options.perSecond ?? null,
    memory: options.memory ?? null,
  });
  return { clock, policy };
}

const never = new AbortController().signal;

describe('policy', () => {
  it('lends ahead while there is plenty and no rate to keep', () => {
    expect(make().policy.lend(4)).toBe(4);
    expect(make({ budget: 1_000 }).policy.lend(4)).toBe(4);
    expect(make({ budget: 100 }).policy.lend(4)).toBe(0);
    expect(make({ perSecond: 10 }).policy.lend(4)).toBe(0);
  });

  it('never lends more than the budget, and counts what was sent exactly', async () => {
    const { policy } = make({ budget: 10, known: { used: 7 } });
    const answers = await Promise.all([1, 2, 3].map(() => policy.take(never)));
    expect(answers).toEqual([null, null, null]);
    policy.sent('login', 'login');
    policy.sent('request', 'query');
    const waiting = policy.take(never);
    policy.giveBack(1);
    expect(await waiting).toBeNull();
    policy.sent('request', 'query');
    expect(await policy.take(never)).toMatchObject({ class: 'quota' });
    expect(policy.used).toBe(10);
    expect(policy.logins).toBe(1);
    expect(Object.fromEntries(policy.takeCounts())).toEqual({ login: 1, query: 2 });
    expect(policy.takeCounts().size).toBe(0);
  });

  it('asks for permits that lie idle when the budget runs short', async () => {
    const { policy } = make({ budget: 1 });
    await policy.take(never);
    let asked = 0;
    policy.onShort = () => {
      asked += 1;
      policy.giveBack(1);
    };
    expect(await policy.take(never)).toBeNull();
    expect(asked).toBe(1);
  });

  it('begins a new day at midnight in Shanghai', async () => {
    const { policy, clock } = make({ budget: 10, known: { used: 10 } });
    expect(await policy.take(never)).toMatchObject({ class: 'quota', retryAfterMs: 4 * 3_600_000 });
    clock.at = Date.parse('2026-11-21T00:00:01+08:00');
    expect(await policy.take(never)).toBeNull();
    expect(policy.used).toBe(0);
  });

  it('refuses everything during a ban: six hours the first time of the year, longer each time', async () => {
    const bans: number[] = [];
    const memory: ProviderMemory = {
      add: () => nothingKnown,
      saveBan: ban => bans.push(ban.until - ban.saidAt),
      saveSessions: () => {},
    };
    const first = make({ memory });
    first.policy.banned({ class: 'banned', message: 'The provider has blacklisted this address.', said: '黑名单用户' });
    expect(await first.policy.take(never)).toMatchObject({
      class: 'banned',
      said: '黑名单用户',
      retryAfterMs: 6 * 3_600_000,
    });
    expect(first.policy.lend(4)).toBe(0);
    first.clock.at += 6 * 3_600_000;
    expect(await first.policy.take(never)).toBeNull();
    make({ memory, known: { bans: 2 } }).policy.banned({ class: 'banned', message: 'again' });
    expect(bans.map(ms => ms / 3_600_000)).toEqual([6, 18]);
  });

  it('learns from the shared memory what others sent, and that they were banned', () => {
    const until = Date.parse('2026-11-21T02:00:00+08:00');
    const memory: ProviderMemory = {
      add: messages => ({ ...nothingKnown, used: 500 + messages, ban: { until, saidAt: until - 1, said: 'x' } }),
      saveBan: () => {},
      saveSessions: () => {},
    };
    const { policy } = make({ budget: 1_000, memory });
    let banned = '';
    policy.onBan = failure => {
      banned = failure.class;
    };
    policy.lend(1);
    policy.sent('request', 'query');
    policy.save();
    expect(policy.used).toBe(501);
    expect(banned).toBe('banned');
  });

  it('ends a wait when the run ends', async () => {
    const { policy } = make({ budget: 1 });
    await policy.take(never);
    const abort = new AbortController();
    const waiting = policy.take(abort.signal);
    abort.abort();
    expect(await waiting).not.toBeNull();
  });
});
