/** `pool`: both pools, the connections with their holders and the workers, and the file. */
import { statSync } from 'node:fs';
import { defaultBudget, providerKey } from '../src/fetch/provider.ts';
import type { Command } from '../src/shell/command.ts';
import type { Engine } from '../src/shell/engine.ts';
import type { Database } from '../src/store/database.ts';

export const pool: Command = {
  name: 'pool',
  positionals: '',
  usage: '',
  summary: 'connections and workers, now',
  group: 'look',
  examples: [{ line: 'pool', says: 'who holds what, and for how long' }],
  options: yargs => yargs,
  async run(_, { engine, jobs }) {
    const database = await engine.database();
    const { rows } = await database.pool.query('select version()', undefined, { tag: 'pool' });
    const [job] = jobs.running;
    const { used, budget } = await requests(engine, database);
    return {
      view: {
        kind: 'pool',
        status: database.pool.status(),
        workers: jobs.running.flatMap(running => running.workers()),
        logins: job ? job.progress.counts.logins : null,
        used,
        budget,
        file: {
          path: engine.file,
          bytes: sizeOf(engine.file),
          walBytes: sizeOf(`${engine.file}.wal`),
          engine: String(rows[0]?.[0] ?? '').replace(/^v/, ''),
          readOnly: database.readOnly,
        },
        now: database.clock.now(),
      },
      exitCode: 0,
    };
  },
};

/** The demo market has no budget and a new address each time, so nothing is told of it. */
async function requests(engine: Engine, database: Database): Promise<{ used: number | null; budget: number | null }> {
  if (engine.demo) return { used: null, budget: null };
  const { requestsToday } = await import('../src/store/requests.ts');
  const { endpoint } = await engine.source();
  return {
    used: await requestsToday(database, providerKey(endpoint), database.clock.today()),
    budget: defaultBudget(endpoint),
  };
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
