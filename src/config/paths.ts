/** Where duckline keeps what is the user's and not a project's: the homes of the XDG base directory specification. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export type HomeKind = 'data' | 'state' | 'config';

const homes: Readonly<Record<HomeKind, readonly [variable: string, standard: string]>> = {
  data: ['XDG_DATA_HOME', '.local/share'],
  state: ['XDG_STATE_HOME', '.local/state'],
  config: ['XDG_CONFIG_HOME', '.config'],
};

/** The folder, which may not exist yet. A relative XDG path is ignored, as the specification asks. */
export function homePath(kind: HomeKind, env: Environment): string {
  const [variable, standard] = homes[kind];
  const given = env[variable];
  const base = given && isAbsolute(given) ? given : join(env.HOME || homedir(), standard);
  return join(base, 'duckline');
}

/** The folder, made if it is not there, for the user alone (0700). */
export function makeHome(kind: HomeKind, env: Environment): string {
  const path = homePath(kind, env);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** The database of the demo market. */
export function demoDatabase(env: Environment): string {
  return join(homePath('data', env), 'demo.duckdb');
}
