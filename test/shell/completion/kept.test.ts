/** What is read once: again when it is called stale, and not where its mark says that all is as it was. */
import { expect, it } from 'vitest';
import { Kept } from '../../../src/shell/completion/kept.ts';

it('reads again what is stale, unless its mark is the same', async () => {
  let mark = 'a';
  let readings = 0;
  const kept = new Kept(
    async () => ++readings,
    async () => mark,
  );
  expect(kept.value).toBeNull();
  expect(await kept.fresh()).toBe(1);
  kept.stale();
  expect(await kept.fresh()).toBe(1);
  kept.stale();
  mark = 'b';
  expect(await kept.fresh()).toBe(2);
  expect(await kept.fresh()).toBe(2);
});

it('keeps what was known where a mark or a reading fails, and tries again', async () => {
  let fails = false;
  const kept = new Kept(
    async () => 'known',
    async () => {
      if (fails) throw new Error('closed');
      return String(Math.random());
    },
  );
  expect(await kept.fresh()).toBe('known');
  fails = true;
  kept.stale();
  expect(await kept.fresh()).toBe('known');
  fails = false;
  expect(await kept.fresh()).toBe('known');
});
