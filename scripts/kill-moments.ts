/**
 * Kills the built program with `kill -9` at random moments of a fetch, after it has planned, and proves after each that nothing was lost, nothing is said
 * that is not so, and nobody stays behind. `node scripts/kill-moments.mjs [MOMENTS] [SEED]`; 20 by default, and the seed is printed.
 * Exits 1 at the first thing that does not hold, and names the folder with the file.
 */
import { randomInt } from 'node:crypto';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chance } from '../test/chance.ts';
import { KillMoments } from '../test/fetch/kill-moments.ts';

const [moments = 20, seed = randomInt(2 ** 31)] = process.argv.slice(2).map(Number);

async function strikeAll(experiment: KillMoments): Promise<void> {
  const random = chance(seed);
  const { bars, requests, ms } = await experiment.undisturbed();
  const [codes, refused] = [experiment.codes.length, 1];
  console.log(
    `seed ${seed}; undisturbed: ${codes - refused} codes, ${bars} bars, ${refused} code on the ledger, ${requests} messages, ${Math.round(ms)} ms`,
  );
  let [done, early] = [0, 0];
  while (done < moments) {
    const struck = await experiment.strike(random() * ms);
    if (!struck) {
      early += 1;
      if (early > moments) throw new Error('the program ends before it is killed, again and again');
      continue;
    }
    done += 1;
    const { atMs, processes, sockets, goneMs, checks, requestsAfter } = struck;
    console.log(
      [
        `${String(done).padStart(2)}  killed after ${String(Math.round(atMs)).padStart(5)} ms`,
        `${String(struck.codes).padStart(2)} codes, ${String(struck.bars).padStart(5)} bars, ${struck.onLedger} on the ledger`,
        `${processes} processes and ${sockets} sockets gone after ${String(Math.round(goneMs)).padStart(3)} ms`,
        `${checks} checks hold, as served`,
        `same command again: same tables, ${String(requestsAfter).padStart(3)} messages`,
      ].join(' · '),
    );
  }
  console.log(`${done} kills: nothing lost, nothing doubled, nothing said that is not so, nobody left behind`);
}

const experiment = await KillMoments.open(40, 20);
try {
  await strikeAll(experiment);
} catch (thrown) {
  experiment.home.end();
  const kept = mkdtempSync(join(tmpdir(), 'duckline-killed-'));
  cpSync(experiment.home.folder, kept, { recursive: true });
  console.error(`${thrown instanceof Error ? thrown.message : thrown}\nseed ${seed}; the files are in ${kept}`);
  process.exitCode = 1;
} finally {
  experiment.close();
}
