/** Work for which no statement may run: it waits for nobody, and what would begin waits for it. */
import { describe, expect, it } from 'vitest';
import { Gate } from '../../../src/store/pool/gate.ts';
import { settled } from './fakes.ts';

function held(): { promise: Promise<void>; release: () => void } {
  let release = (): void => {};
  const promise = new Promise<void>(resolve => {
    release = resolve;
  });
  return { promise, release };
}

describe('work alone', () => {
  it('is not done while a statement runs, nor beside other such work', async () => {
    const gate = new Gate(6);
    const statement = held();
    const running = gate.run('read', [], () => statement.promise);
    let done = 0;
    const work = async (): Promise<void> => {
      done++;
    };
    expect(await gate.alone(work)).toBe(false);
    statement.release();
    await running;
    const first = held();
    const alone = gate.alone(() => first.promise);
    expect(await gate.alone(work)).toBe(false);
    first.release();
    expect(await alone).toBe(true);
    expect(await gate.alone(work)).toBe(true);
    expect(done).toBe(1);
  });

  it('holds back what would begin, of every lane, and lets it go on afterwards, also when it fails', async () => {
    const gate = new Gate(6);
    const work = held();
    const alone = gate.alone(async () => {
      await work.promise;
      throw new Error('no');
    });
    const order: string[] = [];
    const later = (['read', 'write', 'interactive'] as const).map(lane =>
      gate.run(lane, [], async () => {
        order.push(lane);
      }),
    );
    await settled();
    expect([order, gate.running, gate.waiting]).toEqual([[], 0, 3]);
    work.release();
    await expect(alone).rejects.toThrow('no');
    await Promise.all(later);
    expect(order).toEqual(['interactive', 'write', 'read']);
    expect([gate.running, gate.waiting]).toEqual([0, 0]);
  });

  it('lets one that is cancelled meanwhile go without starting it', async () => {
    const gate = new Gate(6);
    const work = held();
    const alone = gate.alone(() => work.promise);
    const stop = new AbortController();
    const waiting = gate.run('read', [stop.signal], async () => 1);
    stop.abort();
    await expect(waiting).rejects.toThrow();
    work.release();
    expect(await alone).toBe(true);
    expect(await gate.run('read', [], async () => 2)).toBe(2);
  });
});
