/**
 * Settings and where each came from: a flag, else the environment, else the default. What is malformed is refused here, in
 * one sentence, before anything is opened or asked. Secrets come from the environment alone and are in no setting that is
 * shown.
 */
import { quoted } from '../market/fold.ts';
import { Problem } from '../market/problem.ts';
import { type Address, isPublicHost, publicBaostock, readEndpoint, vipBaostock } from './endpoint.ts';
import { demoDatabase, type Environment } from './paths.ts';

export type Origin = 'flag' | 'environment' | 'default';

export interface Setting<T> {
  readonly value: T;
  readonly origin: Origin;
}

export const sources = ['baostock', 'tushare'] as const;
export const formats = ['table', 'line', 'csv', 'tsv', 'json', 'jsonl', 'markdown', 'html'] as const;
export type Format = (typeof formats)[number];
/** `auto`: by the terminal's background. */
export const themes = ['auto', 'dark', 'light', 'none'] as const;
export const keySets = ['emacs', 'vi'] as const;

/** As the command line gives them; absent means not given. */
export interface Flags {
  readonly db?: string | undefined;
  /** The same thing as `db`, for any store. */
  readonly store?: string | undefined;
  readonly readOnly?: boolean | undefined;
  readonly source?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly workers?: string | number | undefined;
  readonly acceptProviderRule?: boolean | undefined;
  readonly demo?: boolean | undefined;
  readonly format?: string | undefined;
  readonly theme?: string | undefined;
}

export interface Settings {
  /** Path of the database file. */
  readonly db: Setting<string>;
  readonly readOnly: Setting<boolean>;
  readonly source: Setting<(typeof sources)[number]>;
  /** On the demo port 0 until its gateway has told the real one: nothing can be reached there. */
  readonly endpoint: Setting<Address>;
  /** `null`: as many as the endpoint's rule allows. */
  readonly workers: Setting<number | null>;
  readonly acceptProviderRule: Setting<boolean>;
  /** Messages a day; `null`: as many as the endpoint's rule allows. */
  readonly budget: Setting<number | null>;
  readonly demo: Setting<boolean>;
  /** `null`: a table on a terminal, the caller's choice elsewhere. */
  readonly format: Setting<Format | null>;
  readonly theme: Setting<(typeof themes)[number]>;
  /** Which keys the prompt has. */
  readonly keys: Setting<(typeof keySets)[number]>;
  /** Secret: never shown, logged or passed as an argument. */
  readonly apiKey: string | null;
}

/** Sessions at once where no rule of the provider speaks against them. */
const freeWorkers = 5;
const mostWorkers = 16;

/** @throws Problem `usage` for the first malformed value, naming the flag or variable that holds it. */
export function readSettings(flags: Flags, env: Environment): Settings {
  const demo = flags.demo === true;
  if (demo && flags.endpoint !== undefined) {
    throw new Problem('usage', '--demo has a market of its own, so it takes no --endpoint', {
      next: 'leave one of them out',
    });
  }
  const source = pick(
    flags.source,
    '--source',
    demo ? undefined : env.DUCKLINE_SOURCE,
    'DUCKLINE_SOURCE',
    oneOf(sources),
    'baostock',
  );
  const apiKey = demo ? null : secret(env.DUCKLINE_API_KEY);
  const format = pick<Format | null>(
    flags.format,
    '--format',
    env.DUCKLINE_FORMAT,
    'DUCKLINE_FORMAT',
    oneOf(formats),
    null,
  );
  const workers = pick<number | null>(
    flags.workers,
    '--workers',
    env.DUCKLINE_WORKERS,
    'DUCKLINE_WORKERS',
    readWorkers,
    null,
  );
  return {
    db: database(flags, env, demo),
    readOnly: given(flags.readOnly),
    source,
    endpoint: demo
      ? { value: { host: '127.0.0.1', port: 0 }, origin: 'default' }
      : pick(
          flags.endpoint,
          '--endpoint',
          env.DUCKLINE_ENDPOINT,
          'DUCKLINE_ENDPOINT',
          text => readEndpoint(text),
          apiKey === null ? publicBaostock : vipBaostock,
        ),
    workers,
    acceptProviderRule: given(flags.acceptProviderRule),
    budget: pick<number | null>(
      undefined,
      '',
      demo ? undefined : env.DUCKLINE_BUDGET,
      'DUCKLINE_BUDGET',
      readBudget,
      null,
    ),
    demo: given(flags.demo),
    format,
    theme: pick(flags.theme, '--theme', env.DUCKLINE_THEME, 'DUCKLINE_THEME', oneOf(themes), 'auto'),
    keys: pick(undefined, '', env.DUCKLINE_KEYS, 'DUCKLINE_KEYS', oneOf(keySets), 'emacs'),
    apiKey,
  };
}

function given(flag: boolean | undefined): Setting<boolean> {
  return flag === undefined ? { value: false, origin: 'default' } : { value: flag, origin: 'flag' };
}

function pick<T>(
  flag: string | number | undefined,
  flagName: string,
  variable: string | undefined,
  variableName: string,
  read: (text: string, name: string) => T,
  standard: T,
): Setting<T> {
  if (flag !== undefined) return { value: read(String(flag), flagName), origin: 'flag' };
  if (variable) return { value: read(variable, variableName), origin: 'environment' };
  return { value: standard, origin: 'default' };
}

function oneOf<const T extends string>(values: readonly T[]): (text: string, name: string) => T {
  return (text, name) => {
    const found = values.find(value => value === text.trim().toLowerCase());
    if (found !== undefined) return found;
    throw new Problem('usage', `${name} is “${quoted(text)}”, which is none of ${values.join(', ')}`);
  };
}

function readWorkers(text: string, name: string): number {
  const count = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0;
  if (count >= 1 && count <= mostWorkers) return count;
  throw new Problem('usage', `${name} is “${quoted(text)}”, and workers go from 1 to ${mostWorkers}`);
}

function readBudget(text: string, name: string): number {
  if (/^\d{1,9}$/.test(text.trim()) && Number(text) >= 1) return Number(text);
  throw new Problem('usage', `${name} is “${quoted(text)}”, and it is a number of requests a day, 1 or more`);
}

function secret(text: string | undefined): string | null {
  const key = text?.trim();
  if (!key) return null;
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new Problem('usage', 'DUCKLINE_API_KEY holds characters that no API key has');
}

function database(flags: Flags, env: Environment, demo: boolean): Setting<string> {
  const { db, store } = flags;
  if (db !== undefined && store !== undefined && db !== store) {
    throw new Problem('usage', '--db and --store name two different stores', { next: 'leave one of them out' });
  }
  const flag = db ?? store;
  const standard = demo ? demoDatabase(env) : './market.duckdb';
  return pick(
    flag,
    store === undefined ? '--db' : '--store',
    demo ? undefined : env.DUCKLINE_DB,
    'DUCKLINE_DB',
    readStore,
    standard,
  );
}

function readStore(text: string, name: string): string {
  if (text.trim() === '' || text.includes('\0')) throw new Problem('usage', `${name} names no file`);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return text;
  if (scheme === 'duckdb') return text.slice('duckdb://'.length);
  throw new Problem('usage', `${name} is a ${scheme} store, and only DuckDB files can be opened here`, {
    next: 'give the path of a file',
  });
}

/** Login sessions at once where nobody chose: 1 on the provider's own hosts, whose rule forbids more, else 5. */
export function defaultWorkers(host: string): number {
  return isPublicHost(host) ? 1 : freeWorkers;
}

/**
 * Login sessions at once for these settings.
 *
 * @throws Problem `refused` for more than one on the provider's own hosts without the rule accepted.
 */
export function allowedWorkers(settings: Settings): number {
  const { host } = settings.endpoint.value;
  const workers = settings.workers.value ?? defaultWorkers(host);
  if (workers <= 1 || !isPublicHost(host) || settings.acceptProviderRule.value) return workers;
  throw new Problem(
    'refused',
    `${host} forbids parallel connections and bans the address that opens them, so ${workers} workers are refused`,
    { next: 'use --workers 1, or take the risk with --accept-provider-rule' },
  );
}

/** The same settings with the address that the demo's gateway listens on. */
export function atEndpoint(settings: Settings, endpoint: Address): Settings {
  return { ...settings, endpoint: { value: endpoint, origin: settings.endpoint.origin } };
}
