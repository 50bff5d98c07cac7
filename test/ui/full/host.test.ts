/** The host of full-screen views: what it writes, and who gets the window when. */
import { describe, expect, it } from 'vitest';
import type { Screen } from '../../../src/output/line.ts';
import { span } from '../../../src/output/spans.ts';
import { FullHost } from '../../../src/ui/full/host.ts';
import type { FullView } from '../../../src/ui/full/view.ts';

const immediate = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)));

function rig(view: Partial<FullView> = {}) {
  const written: string[] = [];
  const events: string[] = [];
  const state = { rows: ['one', 'two', 'three'], screen: { columns: 40, rows: 5, glyphs: true } as Screen };
  let changed = (): void => undefined;
  const shown: FullView = {
    rows: () => ({ lines: state.rows.map(row => [span(row)]), cursor: { row: 1, column: 2 } }),
    input: event => {
      if (event.type === 'text') state.rows = [...state.rows, event.text];
      return event.type === 'key' && event.key === 'escape' ? 'leave' : 'stay';
    },
    attach: tell => {
      changed = tell;
    },
    close: async () => void events.push('closed'),
    ...view,
  };
  const host = new FullHost({
    write: text => written.push(text),
    alternate: on => events.push(on ? 'alternate' : 'first'),
    suspend: () => events.push('suspended'),
    colours: () => ({ theme: 'none', rising: 'red-up' }),
    screen: () => state.screen,
    onLeave: (_, problem) => events.push(problem === null ? 'left' : `left: ${(problem as Error).message}`),
  });
  return { host, view: shown, written, events, state, changed: () => changed() };
}

describe('the host of a full-screen view', () => {
  it('writes the whole window once, and then only rows that changed, in one write each', async () => {
    const { host, view, written, events, state } = rig();
    host.show(view);
    expect(events).toEqual(['alternate']);
    expect(written).toHaveLength(1);
    expect(written[0]).toContain('\x1b[2J');
    expect(written[0]).toContain('\x1b[2;3H');
    state.rows = ['one', '2', 'three'];
    host.input([{ type: 'key', key: 'down' }]);
    host.input([{ type: 'key', key: 'down' }]);
    await immediate();
    expect(written).toHaveLength(2);
    expect(written[1]).toBe('\x1b[?2026h\x1b[?7l\x1b[2;1H2\x1b[K\x1b[?7h\x1b[2;3H\x1b[?2026l');
    host.input([{ type: 'key', key: 'down' }]);
    await immediate();
    expect(written).toHaveLength(2);
    await host.close();
  });

  it('erases rows that are gone, cuts what does not fit, and draws all anew at another size', async () => {
    const { host, view, written, state } = rig();
    host.show(view);
    state.rows = ['贵州茅台'.repeat(20), 'b', 'c', 'd', 'e', 'f'];
    state.screen = { ...state.screen, columns: 20, rows: 4 };
    host.resize();
    expect(written[1]).toContain(`${'贵州茅台'.repeat(2)}贵…\x1b[K`);
    expect(written[1]).not.toContain('e\x1b[K');
    state.rows = ['b'];
    host.input([{ type: 'text', text: 'x' }]);
    await immediate();
    expect(written[2]).toContain('\x1b[4;1H\x1b[K');
    state.screen = { ...state.screen, columns: 12 };
    host.resize();
    expect(written[3]).toContain('needs 20 co');
    await host.close();
  });

  it('gives back what was typed after the key that left, and stops drawing', async () => {
    const { host, view, written, events, changed } = rig();
    host.show(view);
    const rest = host.input([
      { type: 'text', text: 'x' },
      { type: 'key', key: 'escape' },
      { type: 'text', text: 'select' },
    ]);
    expect(rest).toEqual([{ type: 'text', text: 'select' }]);
    expect(events).toEqual(['alternate', 'first', 'left']);
    changed();
    await immediate();
    // The window and nothing else: what was drawn is erased before it is given back.
    expect(written.slice(1)).toEqual(['\x1b[H\x1b[2J']);
    expect(host.open).toBe(false);
  });

  it('lets Ctrl-Z go through to the system and draws all again after it', async () => {
    const { host, view, written, events, changed } = rig();
    host.show(view);
    host.input([{ type: 'key', key: 'C-z' }]);
    expect(events).toEqual(['alternate', 'first', 'suspended']);
    changed();
    await immediate();
    expect(written).toHaveLength(2);
    host.resumed();
    expect(events.at(-1)).toBe('alternate');
    expect(written.at(-1)).toContain('one');
    await host.close();
    expect(events.slice(-2)).toEqual(['first', 'closed']);
  });

  it('leaves a view that fails instead of failing itself', () => {
    const { host, view, events } = rig({
      input: () => {
        throw new Error('a mistake');
      },
    });
    host.show(view);
    host.input([{ type: 'key', key: 'down' }]);
    expect(events).toEqual(['alternate', 'first', 'left: a mistake']);
  });
});
