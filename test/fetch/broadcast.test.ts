import { describe, expect, it } from 'vitest';
import { Broadcast } from '../../src/fetch/broadcast.ts';
import type { RunEvent } from '../../src/fetch/events.ts';

function task(at: string): RunEvent {
  return { type: 'task', at, outcome: { class: 'ok', rows: 1 }, attempts: 1, rows: 1 };
}

describe('broadcast', () => {
  it('tells a late listener what still matters, in order, then what comes', () => {
    const broadcast = new Broadcast();
    broadcast.emit({ type: 'started', run: 1, what: 'fetch', period: 'd', workers: 1, at: 0 });
    broadcast.emit({ type: 'planned', planned: 9, covered: 0 });
    broadcast.emit(task('a'));
    const heard: string[] = [];
    const stop = broadcast.on(event => heard.push(event.type === 'task' ? event.at : event.type));
    broadcast.emit(task('b'));
    stop();
    broadcast.emit(task('c'));
    expect(heard).toEqual(['started', 'planned', 'a', 'b']);
  });

  it('keeps a bounded number of ends, the newest ones', () => {
    const broadcast = new Broadcast();
    for (let at = 0; at < 10_000; at++) broadcast.emit(task(String(at)));
    const heard: string[] = [];
    broadcast.on(event => event.type === 'task' && heard.push(event.at));
    expect(heard.length).toBe(200);
    expect([heard[0], heard.at(-1)]).toEqual(['9800', '9999']);
  });
});
