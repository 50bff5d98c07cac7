/** Jobs that wait have no number yet: they are named by their place, and taken back without a trace. Gateway, workers and files are real. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { View } from '../../src/output/view.ts';
import { createJobs, type JobEvent, type Jobs } from '../../src/shell/jobs.ts';
import { planOf } from '../fetch/plan.ts';
import { prepare, Rig, stocks } from '../fetch/rig.ts';
import { Prompt } from './prompt.ts';

let rig: Rig;
let prompt: Prompt;
let jobs: Jobs;
let events: JobEvent[];

beforeEach(async () => {
  rig = await new Rig().open();
  jobs = createJobs({ background: true, now: Date.now });
  prompt = new Prompt({ jobs });
  events = [];
  jobs.on(event => event.type !== 'progress' && events.push(event));
});

afterEach(async () => {
  await jobs.close();
  await prompt.close();
  await rig.close();
});

/** Begins a run of one code, as the prompt does; with `until` it has its number and then waits for that. */
async function start(port: number, what: string, until?: Promise<void>): Promise<View> {
  const held = { prepare, plan: () => (until as Promise<void>).then(() => planOf(stocks(1))) };
  const { view } = await jobs.start({
    what,
    signal: new AbortController().signal,
    begin: async () => rig.start(port, stocks(1), { what, workers: 1, ...(until ? held : {}) }),
    view: async summary => ({ kind: 'run', summary, names: {}, from: null, to: null }) as never,
  });
  return view as View;
}

async function told(line: string): Promise<View | undefined> {
  return (await prompt.run(line)).views.at(-1);
}

const ends = () =>
  events.flatMap(event => {
    if (event.type === 'failed') return [`${event.job.what}: ${event.problem.kind}`];
    return event.type === 'ended' ? [`${event.job.what}: ${event.view.summary.end}`] : [];
  });

describe('jobs that wait for the one before them', () => {
  it('are listed with their place, and the one that is cancelled leaves the others as they are', async () => {
    const gateway = await rig.gateway();
    let goOn = (): void => undefined;
    const until = new Promise<void>(resolve => {
      goOn = resolve;
    });
    await start(gateway.port, 'first', until);
    expect(await start(gateway.port, 'second')).toEqual({ kind: 'job', job: null, what: 'second', place: 1 });
    expect(await start(gateway.port, 'third')).toMatchObject({ place: 2 });
    expect(await told('jobs')).toMatchObject({ jobs: [{ job: 1, what: 'first' }], waiting: ['second', 'third'] });

    expect(await told('cancel +1')).toMatchObject({ kind: 'note', sentence: 'second is taken back.' });
    await expect.poll(ends).toEqual(['second: interrupted']);
    expect(jobs.waiting.map(({ what }) => what)).toEqual(['third']);
    expect((await prompt.problem('cancel +2')).message).toBe('no job +2 runs or waits.');
    const waited = prompt.run('wait +1');
    goOn();
    expect((await waited).exitCode).toBe(0);
    expect(ends()).toEqual(['second: interrupted', 'first: ok', 'third: ok']);
    expect(await rig.rows('select run, what from meta.runs order by run')).toEqual([
      [1, 'first'],
      [2, 'third'],
    ]);
  });
});

describe('a job that waits for the write lane', () => {
  it('is cancelled without a number, at once, and nothing of it is left when the lane is free', async () => {
    const gateway = await rig.gateway();
    const { pool } = rig.database;
    const turn = await pool.writeTurn({ tag: '[3]' });
    expect(await start(gateway.port, 'waits')).toMatchObject({ job: null, place: 1 });
    expect(await start(gateway.port, 'behind')).toMatchObject({ job: null, place: 2 });
    expect((await prompt.problem('cancel')).message).toBe('there are several jobs, and cancel needs to know which.');
    await prompt.run('cancel +2');
    await expect.poll(ends).toEqual(['behind: interrupted']);
    await prompt.run('cancel');
    await expect.poll(ends).toEqual(['behind: interrupted', 'waits: interrupted']);
    expect(pool.status().writer).toBe('[3]');
    turn.release();
    expect([jobs.running, jobs.waiting]).toEqual([[], []]);
    await start(gateway.port, 'next');
    await prompt.run('wait');
    expect(ends().at(-1)).toBe('next: ok');
    expect(await rig.rows('select what from meta.runs')).toEqual([['next']]);
    expect(gateway.stats().logins).toBe(1);
  });
});
