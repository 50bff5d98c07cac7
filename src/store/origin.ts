/** A file holds one origin, demo or real, from its first fetch or the demo's start on, and refuses the other. */
import { Problem } from '../market/problem.ts';
import type { Connection } from './connection.ts';
import type { Origin } from './database.ts';
import { readText } from './values.ts';

export async function originOf(connection: Pick<Connection, 'query'>): Promise<Origin | null> {
  const { rows } = await connection.query('select origin from meta.file');
  return readText(rows[0]?.[0]) as Origin | null;
}

/** @throws Problem `refused` where the file holds the other one. */
export function checkOrigin(path: string, held: Origin | null, wanted: Origin): void {
  if (held === null || held === wanted) return;
  const words = { demo: 'demo data (invented prices)', real: 'real data' };
  throw new Problem('refused', `${path} holds ${words[held]}, and ${words[wanted]} must not be mixed into it`, {
    next: held === 'demo' ? 'choose another file with --db, or start with --demo' : 'choose another file with --db',
  });
}

/** Sets the origin where there is none; to be called in a transaction. */
export async function claimOrigin(connection: Connection, path: string, wanted: Origin): Promise<void> {
  const held = await originOf(connection);
  checkOrigin(path, held, wanted);
  if (held === null) await connection.execute('update meta.file set origin = $origin', { origin: wanted });
}
