/** `pool`: both pools, the connections with their holders and the workers, and the file; changes the connection pool. */
import { Problem } from '../src/market/problem.ts';
import type { Command, CommandContext, CommandResult } from '../src/shell/command.ts';
import { changePool, presetPool, recyclePool } from '../src/shell/pool-change.ts';
import { readPool } from '../src/shell/pool-figures.ts';

interface PoolOptions {
  readonly action: string | undefined;
  readonly words: readonly string[];
  readonly watch: boolean;
}

/** Milliseconds between two looks of --watch. */
const watchEveryMs = 500;

export const pool: Command<PoolOptions> = {
  name: 'pool',
  positionals: '[action] [words..]',
  usage: '[set NAME VALUE | preset NAME | recycle]',
  summary: 'connections and workers, now',
  group: 'look',
  examples: [
    { line: 'pool', says: 'who holds what, and for how long; from meta.pool; is the same as SQL' },
    { line: 'pool --watch', says: 'the same, live, until Esc or Ctrl-C' },
    { line: 'pool set size 10', says: 'also max-overflow, timeout, recycle, idle-timeout, leak-after …' },
    { line: 'pool preset read', says: 'default, read, light, import or single' },
    { line: 'pool recycle', says: 'replaces the idle connections' },
  ],
  options: yargs =>
    yargs
      .positional('action', { type: 'string', describe: 'set, preset or recycle; without it a look' })
      .positional('words', { type: 'string', array: true, default: [] as string[], describe: 'of the action' })
      .option('watch', { type: 'boolean', default: false, describe: 'live, until Esc or Ctrl-C' }) as never,
  async run({ action, words, watch }, context) {
    const { engine, jobs } = context;
    if (action === undefined) {
      return watch ? watched(context) : { view: await readPool(engine, jobs), exitCode: 0 };
    }
    if (watch) throw new Problem('usage', 'pool --watch takes no further words.', { next: 'pool --watch' });
    const sentence = await changed(action, words, context);
    return { view: { kind: 'note', level: sentence.level, sentence: sentence.text }, exitCode: 0 };
  },
};

async function changed(action: string, words: readonly string[], { engine }: CommandContext) {
  const { pool: connections } = await engine.database();
  const [first, second] = words;
  const surplus = words[action === 'set' ? 2 : action === 'preset' ? 1 : 0];
  if (surplus !== undefined && ['set', 'preset', 'recycle'].includes(action)) {
    throw new Problem('usage', `pool ${action} does not know what to do with ${surplus}.`, { next: 'help pool' });
  }
  switch (action) {
    case 'set':
      return changePool(connections, first, second);
    case 'preset':
      return presetPool(connections, first);
    case 'recycle':
      return recyclePool(connections);
    default:
      throw new Problem('usage', `pool knows set, preset and recycle, not ${action}.`, { next: 'help pool' });
  }
}

/** Looks again and again until cancelled; the last look stays. */
async function watched(context: CommandContext): Promise<CommandResult> {
  const { engine, jobs, signal } = context;
  if (context.opens) return { view: await readPool(engine, jobs), open: { kind: 'pool' }, exitCode: 0 };
  if (!context.live) {
    throw new Problem('usage', 'pool --watch needs a terminal that it can redraw.', { next: 'pool' });
  }
  for (;;) {
    const view = await readPool(engine, jobs);
    if (signal.aborted) return { view, exitCode: 0 };
    context.live(view);
    await pause(watchEveryMs, signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
