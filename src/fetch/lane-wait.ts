/** A write that may have to wait for the user's transaction: says for whom it waits, and when it goes on. */
import type { Database } from '../store/database.ts';

/** A write that waits longer for its turn says for whom, ms. */
const silentWaitMs = 300;

/** @param own by which names the run itself holds the write lane */
export async function toldWrite<T>(
  database: Database,
  own: readonly string[],
  say: (level: 'say' | 'warn', sentence: string) => void,
  write: Promise<T>,
): Promise<T> {
  let told = false;
  const timer = setTimeout(() => {
    const { writer } = database.pool.status();
    if (writer === null || own.includes(writer)) return;
    told = true;
    say('warn', `waits to store: ${writer} holds the write lane until its transaction ends`);
  }, silentWaitMs);
  try {
    const value = await write;
    if (told) say('say', 'stores again');
    return value;
  } finally {
    clearTimeout(timer);
  }
}
