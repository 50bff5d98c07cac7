import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/shell/nearest.ts';

const words = ['fetch', 'failures', 'retry', 'pool', 'runs', 'tables', 'help', 'quit', 'exit'];

describe('nearest', () => {
  it.each([
    ['fecth', 'fetch'],
    ['fetc', 'fetch'],
    ['Rtery', 'retry'],
    ['poll', 'pool'],
    ['tabels', 'tables'],
    ['fail', 'failures'],
    ['hlep', 'help'],
  ])('%s → %s', (typed, wanted) => expect(nearest(typed, words)[0]).toBe(wanted));

  it('offers nothing for what is far from all', () => expect(nearest('xyzzyplugh', words)).toEqual([]));
});
