/** The crew's promises, with real child processes and tasks that do as they are told. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Assignment } from '../../src/fetch/assignment.ts';
import { Crew } from '../../src/fetch/crew.ts';
import { type CrewSettings, crewSettings } from '../../src/fetch/crew-settings.ts';
import type { WorkerView } from '../../src/fetch/events.ts';
import { Policy } from '../../src/fetch/policy.ts';
import { nothingKnown } from '../../src/fetch/provider.ts';
import { slotTimes } from '../../src/fetch/slot.ts';
import type { Failure } from '../../src/source/outcome.ts';
import type { Answer, DatasetTask } from '../../src/source/source.ts';
import { type Bundle, bundle } from './bundle.ts';
import { StandingClock } from './clock.ts';

const quick: CrewSettings = {
  ...crewSettings,
  retry: { baseMs: 5, capMs: 50 },
  relogin: { baseMs: 5, capMs: 50 },
  probes: { freshMs: [50, 100, 150], freshPatienceMs: 15_000, provenMs: [50, 100, 150, 200] },
  cancelGraceMs: 50,
  times: { ...slotTimes, startMs: 120_000, beatMs: 50, missedBeats: 6, endMs: 1_000 },
};

let worker: Bundle;
let folder: string;
const open: Crew[] = [];

interface Fate {
  readonly assignment: Assignment;
  readonly result: Answer | Failure;
}

interface Rig {
  readonly crew: Crew;
  readonly policy: Policy;
  readonly fates: Fate[];
  readonly notices: string[];
  readonly views: WorkerView[];
  fateOf(task: number): string;
}

async function rig(
  options: {
    workers?: number;
    settings?: Partial<CrewSettings>;
    wishes?: object;
    budget?: number;
    perSecond?: number;
  } = {},
): Promise<Rig> {
  const clock = new StandingClock();
  const policy = new Policy({
    clock,
    endpoint: 'nowhere:1',
    known: nothingKnown,
    budget: options.budget ?? null,
    perSecond: options.perSecond ?? null,
    memory: null,
  });
  const fates: Fate[] = [];
  const notices: string[] = [];
  const views: WorkerView[] = [];
  const crew = await Crew.open({
    workers: options.workers ?? 3,
    source: {
      source: 'baostock',
      endpoint: { host: 'nowhere', port: 1 },
      user: JSON.stringify(options.wishes ?? {}),
      connectTimeoutMs: 500,
      answerTimeoutMs: 500,
      silenceTimeoutMs: 100,
    },
    clock,
    policy,
    random: () => 0.5,
    settings: { ...quick, ...options.settings },
    learnedSessions: null,
    listener: {
      worker: view => views.push(view),
      notice: (_level, sentence) => notices.push(sentence),
      ended: (assignment, result) => fates.push({ assignment, result }),
      firstRequest: () => {},
    },
  });
  open.push(crew);
  const fateOf = (task: number): string => {
    const found = fates.filter(({ assignment }) => assignment.task.id === task);
    return found.map(({ result }) => ('ok' in result ? 'ok' : result.class)).join(' ');
  };
  return { crew, policy, fates, notices, views, fateOf };
}

function task(id: number, params: Record<string, string | number> = {}): DatasetTask {
  const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
  return { kind: 'dataset', id, dataset: `task ${id}`, params: texts };
}

function tasks(count: number, params: Record<string, string | number> = {}): DatasetTask[] {
  return Array.from({ length: count }, (_, at) => task(at + 1, params));
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Process numbers of the workers of this process. */
function children(): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const rows = stdout.split('\n').map(line => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  return rows
    .filter(([, , parent, args]) => Number(parent) === process.pid && args?.includes('tinypool'))
    .map(([, pid]) => Number(pid));
}

describe('crew', () => {
  beforeAll(async () => {
    worker = await bundle('pretend-worker');
    process.env.DUCKLINE_WORKER = worker.file;
    folder = mkdtempSync(join(tmpdir(), 'duckline-crew-'));
  });

  afterEach(async () => {
    for (const crew of open.splice(0)) await crew.close();
  });

  afterAll(() => {
    delete process.env.DUCKLINE_WORKER;
    worker.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives every task one fate, logs each worker in once, counts each message, and brings typed arrays', async () => {
    const { crew, policy, fates } = await rig({ workers: 3 });
    expect(await crew.perform(tasks(40, { pages: 2 }), true)).toBeNull();
    expect(fates.map(({ assignment }) => assignment.task.id).sort((a, b) => a - b)).toEqual(
      tasks(40).map(({ id }) => id),
    );
    const answer = fates.find(({ assignment }) => assignment.task.id === 7)?.result as Answer;
    expect(answer.parts[0]?.batch.columns.close?.values).toEqual(Float64Array.from([7, 8]));
    await crew.close();
    expect(policy.logins).toBe(3);
    expect(Object.fromEntries(policy.takeCounts())).toEqual({ login: 3, query: 80, logout: 3 });
    expect(policy.requests).toBe(86);
  });

  it('logs in no more workers than there are tasks', async () => {
    const { crew, policy } = await rig({ workers: 3 });
    crew.warm(3);
    await crew.perform(tasks(1));
    await crew.perform(tasks(2, { ms: 30 }));
    expect(policy.logins).toBeGreaterThan(0);
    expect(policy.logins).toBeLessThanOrEqual(2);
  });

  it('replaces a worker that was killed and tries its task again', async () => {
    const { crew, fates, fateOf, views } = await rig({ workers: 2 });
    const all = [
      task(1, { dieOnce: join(folder, 'die-once'), ms: 20 }),
      ...tasks(9).map(({ id }) => task(id + 1, { ms: 120 })),
    ];
    expect(await crew.perform(all)).toBeNull();
    expect(fates.length).toBe(10);
    expect(fateOf(1)).toBe('ok');
    const attempts = fates.find(({ assignment }) => assignment.task.id === 1)?.assignment.attempts;
    expect(attempts?.map(({ outcome }) => outcome.class)).toEqual(['retry-network', 'ok']);
    expect(new Set(views.filter(({ pid }) => pid !== null).map(({ id, pid }) => `${id} ${pid}`)).size).toBe(3);
    expect(crew.restarts).toBe(1);
  });

  it('calls a task that killed two workers poison, and finishes the others', async () => {
    const { crew, fates, fateOf } = await rig({ workers: 2 });
    expect(await crew.perform([task(1, { die: 1 }), ...tasks(5).map(({ id }) => task(id + 1))])).toBeNull();
    expect(fateOf(1)).toBe('poison');
    expect(fates.length).toBe(6);
    expect(fates.filter(({ result }) => 'ok' in result).length).toBe(5);
  });

  it('finds a worker that gives no sign of life, kills it and goes on', async () => {
    const { crew, fateOf, notices } = await rig({ workers: 2 });
    expect(await crew.perform([task(1, { spinOnce: join(folder, 'spin-once') }), task(2)])).toBeNull();
    expect([fateOf(1), fateOf(2)]).toEqual(['ok', 'ok']);
    expect(notices.join()).toMatch(/no sign of life/);
  });

  it('survives a worker killed while it starts', async () => {
    const { crew, fates, views } = await rig({ workers: 2 });
    const done = crew.perform(tasks(6, { ms: 30 }));
    await expect.poll(() => views.find(({ pid }) => pid !== null)?.pid ?? null, { interval: 1 }).not.toBeNull();
    process.kill(views.find(({ pid }) => pid !== null)?.pid as number, 'SIGKILL');
    expect(await done).toBeNull();
    expect(fates.length).toBe(6);
  });

  it('survives a worker killed before its first word', async () => {
    const { crew, fates, views } = await rig({ workers: 2 });
    const done = crew.perform(tasks(6, { ms: 30 }));
    await expect.poll(() => children().length, { interval: 1 }).toBeGreaterThanOrEqual(1);
    for (const pid of children()) process.kill(pid, 'SIGKILL');
    expect(views.every(({ pid }) => pid === null)).toBe(true);
    expect(await done).toBeNull();
    expect(fates.length).toBe(6);
  });

  it('tries again what may help, four times, and not the rest', async () => {
    const { crew, fates, fateOf } = await rig({ workers: 2 });
    const stop = await crew.perform([
      task(1, { fail: 'retry-session' }),
      task(2, { fail: 'bad-request' }),
      task(3, { loseOnce: join(folder, 'lose-once') }),
      ...tasks(20).map(({ id }) => task(id + 3)),
    ]);
    expect(stop).toBeNull();
    const tries = (id: number) => fates.find(({ assignment }) => assignment.task.id === id)?.assignment.attempts.length;
    expect([fateOf(1), tries(1)]).toEqual(['retry-session', 4]);
    expect([fateOf(2), tries(2)]).toEqual(['bad-request', 1]);
    expect([fateOf(3), tries(3)]).toEqual(['ok', 2]);
  });

  it('stops at a ban at once, without a logout, and leaves the rest', async () => {
    const { crew, policy, fates, fateOf } = await rig({ workers: 3 });
    const stop = await crew.perform([
      task(1, { fail: 'banned', pages: 1 }),
      ...tasks(30).map(({ id }) => task(id + 1, { ms: 40 })),
    ]);
    expect(stop?.why).toBe('banned');
    expect(fateOf(1)).toBe('banned');
    expect(fates.length).toBeLessThan(31);
    await crew.close();
    expect(policy.takeCounts().has('logout')).toBe(false);
    expect(policy.ban).not.toBeNull();
  });

  it('sends exactly the budget of the day, then parks', async () => {
    const { crew, policy, fates } = await rig({ workers: 3, budget: 20 });
    const stop = await crew.perform(tasks(40), true);
    await crew.close();
    expect(stop?.why).toBe('parked');
    expect(fates.length).toBe(17);
    expect(policy.used - (policy.takeCounts().get('logout') ?? 0)).toBe(20);
  });

  it('keeps to the rate', async () => {
    const { crew, policy, fates } = await rig({ workers: 3, perSecond: 200 });
    expect(await crew.perform(tasks(20), true)).toBeNull();
    expect(fates.length).toBe(20);
    expect(policy.requests).toBe(23);
  });

  it('gives up a dead line once, after a few probes, and puts what was tried on the ledger', async () => {
    const { crew, policy, fates } = await rig({ workers: 2, settings: {} });
    const stop = await crew.perform(tasks(50, { lose: 1 }));
    expect(stop?.why).toBe('offline');
    expect(stop?.sentence).toMatch(/nowhere:1 does not answer: \d+ tries/);
    expect(policy.requests).toBeLessThanOrEqual(20);
    expect(fates.every(({ result }) => !('ok' in result) && result.class === 'retry-network')).toBe(true);
    expect(fates.length).toBeLessThan(8);
  }, 40_000);

  it('ends as failed when no worker may log in', async () => {
    const { crew } = await rig({
      workers: 2,
      wishes: { loginFails: { class: 'auth', message: 'The key is not valid.' } },
    });
    expect(await crew.perform(tasks(5))).toMatchObject({ why: 'failed', sentence: 'The key is not valid.' });
  });

  it('leaves what is not done when cancelled, and logs out', async () => {
    const { crew, policy, fates } = await rig({ workers: 2 });
    const done = crew.perform(tasks(20, { ms: 60 }), true);
    await expect.poll(() => fates.length, { interval: 5 }).toBeGreaterThan(2);
    crew.cancel();
    expect((await done)?.why).toBe('cancelled');
    expect(fates.length).toBeLessThan(20);
    expect(policy.takeCounts().get('logout')).toBe(2);
  });

  describe('recycles', () => {
    const never = { messages: 1e9, minutes: 1e9, memoryMb: 1e9 };
    const pidsOf = (views: readonly WorkerView[]) =>
      new Set(views.flatMap(({ pid }) => (pid === null ? [] : [pid]))).size;

    it('a session after so many messages, also where short tasks are handed over ahead', async () => {
      const { crew, policy, fates, views } = await rig({
        workers: 1,
        settings: { recycle: { ...never, messages: 5 } },
      });
      expect(await crew.perform(tasks(60))).toBeNull();
      await crew.close();
      expect(fates.map(({ assignment }) => assignment.attempts.length)).toEqual(Array(60).fill(1));
      const counts = policy.takeCounts();
      // A task that was handed over ahead may still go out in the old session.
      expect(counts.get('login')).toBeGreaterThanOrEqual(9);
      expect(counts.get('login')).toBeLessThanOrEqual(12);
      expect(counts.get('logout')).toBe(counts.get('login'));
      expect(counts.get('query')).toBe(60);
      expect([pidsOf(views), crew.restarts]).toEqual([1, 0]);
    });

    it('a session after so many minutes', async () => {
      const { crew, policy, fates, views } = await rig({
        workers: 1,
        settings: { recycle: { ...never, minutes: 0.001 } },
      });
      expect(await crew.perform(tasks(20, { ms: 30 }))).toBeNull();
      await crew.close();
      expect(fates.filter(({ result }) => 'ok' in result).length).toBe(20);
      const counts = policy.takeCounts();
      expect(counts.get('login')).toBeGreaterThanOrEqual(3);
      expect(counts.get('logout')).toBe(counts.get('login'));
      expect([pidsOf(views), crew.restarts]).toEqual([1, 0]);
    });

    it('a process that holds too much memory, in order and without a task lost', async () => {
      const { crew, policy, fates, notices, views } = await rig({
        workers: 1,
        // Taking so much memory at once may silence it for a while.
        settings: { recycle: { ...never, memoryMb: 250 }, times: { ...quick.times, missedBeats: 400 } },
      });
      const all = [task(1, { growMb: 250 }), ...tasks(12).map(({ id }) => task(id + 1, { ms: 100 }))];
      expect(await crew.perform(all)).toBeNull();
      await crew.close();
      expect(fates.map(({ assignment }) => assignment.attempts.length)).toEqual(Array(13).fill(1));
      expect(fates.every(({ result }) => 'ok' in result)).toBe(true);
      expect([pidsOf(views), crew.restarts, notices]).toEqual([2, 0, []]);
      expect(Object.fromEntries(policy.takeCounts())).toEqual({ login: 2, query: 13, logout: 2 });
    });

    it('nothing within its limits', async () => {
      expect(crewSettings.recycle).toEqual({ messages: 5_000, minutes: 25, memoryMb: 400 });
      const { crew, policy } = await rig({ workers: 1, settings: { recycle: crewSettings.recycle } });
      expect(await crew.perform(tasks(30))).toBeNull();
      expect(policy.logins).toBe(1);
    });
  });

  it('leaves no process behind when its program is killed', async () => {
    const program = await bundle('crew-program');
    try {
      const child = spawn(process.execPath, [program.file], { stdio: ['ignore', 'pipe', 'inherit'] });
      const pids: number[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        pids.push(Number(line));
        if (pids.length === 3) child.kill('SIGKILL');
      }
      expect(pids.length).toBe(3);
      await expect.poll(() => pids.filter(alive), { timeout: 5_000 }).toEqual([]);
    } finally {
      program.remove();
    }
  });
});
