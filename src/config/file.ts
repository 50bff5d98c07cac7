/**
 * Settings from files: `config.json` in the user's configuration folder, and `duckline.json` in the current one, which goes
 * before it. A file is a JSON object of the keys below and nothing else; what is wrong in it is told with file and line. Each
 * key is the twin of an environment variable, which goes before both. No file holds a secret, or takes the risk of breaking
 * the provider's rule.
 */
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Problem } from '../market/problem.ts';
import { readEndpoint } from './endpoint.ts';
import { type Environment, homePath } from './paths.ts';
import { formats, keySets, sources, themes } from './settings.ts';

export interface ConfigKey {
  readonly name: string;
  readonly variable: string;
  readonly type: 'text' | 'number';
  readonly says: string;
  readonly choices?: readonly string[];
  /** What is wrong with a value of the right type; null for nothing. */
  readonly wrong?: (value: string | number) => string | null;
}

const seconds = (value: string | number): string | null => (Number(value) >= 0 ? null : 'is not seconds, 0 or more');

export const configKeys: readonly ConfigKey[] = [
  {
    name: 'db',
    variable: 'DUCKLINE_DB',
    type: 'text',
    says: 'the database file',
    wrong: value => (String(value).trim() === '' || String(value).includes('\0') ? 'names no file' : null),
  },
  { name: 'source', variable: 'DUCKLINE_SOURCE', type: 'text', says: 'the provider', choices: sources },
  {
    name: 'endpoint',
    variable: 'DUCKLINE_ENDPOINT',
    type: 'text',
    says: 'HOST:PORT that is asked',
    wrong: value => {
      try {
        readEndpoint(String(value));
        return null;
      } catch {
        return 'is no HOST:PORT';
      }
    },
  },
  {
    name: 'workers',
    variable: 'DUCKLINE_WORKERS',
    type: 'number',
    says: 'login sessions at once, 1 to 16',
    wrong: value =>
      Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 16 ? null : 'is no whole number from 1 to 16',
  },
  {
    name: 'budget',
    variable: 'DUCKLINE_BUDGET',
    type: 'number',
    says: 'requests a day at most; on the provider’s own hosts never more than 45000',
    wrong: value =>
      Number.isInteger(value) && Number(value) >= 1 && Number(value) < 1e9
        ? null
        : 'is no number of requests, 1 or more',
  },
  { name: 'format', variable: 'DUCKLINE_FORMAT', type: 'text', says: 'of results', choices: formats },
  { name: 'theme', variable: 'DUCKLINE_THEME', type: 'text', says: 'colours', choices: themes },
  { name: 'keys', variable: 'DUCKLINE_KEYS', type: 'text', says: 'at the prompt', choices: keySets },
  {
    name: 'glyphs',
    variable: 'DUCKLINE_GLYPHS',
    type: 'text',
    says: 'what is drawn with',
    choices: ['ascii', 'unicode'],
  },
  {
    name: 'rising',
    variable: 'DUCKLINE_RISING',
    type: 'text',
    says: 'colour of what rises',
    choices: ['red', 'green'],
  },
  {
    name: 'releaseAfter',
    variable: 'DUCKLINE_RELEASE_AFTER',
    type: 'number',
    says: 'idle seconds after which a prompt lets its file go; 0 never',
    wrong: seconds,
  },
  {
    name: 'bellAfter',
    variable: 'DUCKLINE_BELL_AFTER',
    type: 'number',
    says: 'seconds after which the end of a job rings',
    wrong: seconds,
  },
];

export interface ConfigEntry {
  readonly key: ConfigKey;
  readonly value: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The files that are read, the later before the earlier. */
export function configPaths(env: Environment, folder: string): { readonly user: string; readonly project: string } {
  return { user: join(homePath('config', env), 'config.json'), project: resolve(folder, 'duckline.json') };
}

/** What the files set, one entry a key. @throws Problem `usage` that tells every mistake of a file with its line. */
export function readConfig(env: Environment, folder: string): readonly ConfigEntry[] {
  const { user, project } = configPaths(env, folder);
  const found = new Map<string, ConfigEntry>();
  for (const file of [user, project]) {
    for (const entry of entriesOf(file)) found.set(entry.key.name, entry);
  }
  const endpoint = found.get('endpoint');
  if (endpoint?.file === project && apiKeyGiven(env) && !env.DUCKLINE_ENDPOINT) {
    throw new Problem(
      'usage',
      `${place(endpoint)}: an API key is not sent to an endpoint that a project's file names.`,
      {
        next: `--endpoint ${endpoint.value}  if that is where it belongs`,
      },
    );
  }
  return configKeys.flatMap(({ name }) => found.get(name) ?? []);
}

/** The environment with what the files set in the place of what it lacks. */
export function withConfig(env: NodeJS.ProcessEnv, entries: readonly ConfigEntry[]): NodeJS.ProcessEnv {
  const given = entries.filter(({ key }) => !env[key.variable]).map(({ key, value }) => [key.variable, value]);
  return { ...env, ...Object.fromEntries(given) };
}

/** Of a file of mode 0600: `api-key` beside `config.json`, or what DUCKLINE_API_KEY_FILE names. Null: there is none. */
export function readApiKey(env: Environment): string | null {
  if (env.DUCKLINE_API_KEY?.trim()) return env.DUCKLINE_API_KEY;
  const file = apiKeyFile(env);
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new Problem('refused', `${file} can be read by others, so the key in it is not used.`, {
        next: `chmod 600 ${file}`,
      });
    }
    return readFileSync(file, 'utf8').trim() || null;
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown;
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT' && !env.DUCKLINE_API_KEY_FILE) return null;
    throw new Problem('usage', `the key file ${file} cannot be read.`, { cause: thrown });
  }
}

export function apiKeyFile(env: Environment): string {
  return env.DUCKLINE_API_KEY_FILE || join(homePath('config', env), 'api-key');
}

function apiKeyGiven(env: Environment): boolean {
  return readApiKey(env) !== null;
}

function entriesOf(file: string): ConfigEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '')) return [];
    throw new Problem('usage', `${file} cannot be read.`, { cause: thrown });
  }
  const parsed = objectOf(text, file);
  const lines = keyLines(text);
  const wrong: string[] = [];
  const entries: ConfigEntry[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '$schema') continue;
    const line = lines.get(name) ?? 1;
    const key = configKeys.find(known => known.name === name);
    const complaint = key ? complaintOf(key, value) : unknownKey(name);
    if (complaint !== null) wrong.push(`${file}:${line}: ${complaint}`);
    else if (key) entries.push({ key, value: String(value), file, line });
  }
  if (wrong.length === 0) return entries;
  throw new Problem('usage', `${wrong.join('; ')}.`, { next: 'duckline help config  lists the keys' });
}

function objectOf(text: string, file: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (thrown) {
    const said = (thrown as Error).message;
    const at = /position (\d+)/.exec(said)?.[1];
    const before = text.slice(0, at === undefined ? text.length : Number(at));
    throw new Problem('usage', `${file}:${before.split('\n').length}: this is no JSON.`, { cause: thrown });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  throw new Problem('usage', `${file}:1: settings are one JSON object: { "workers": 2 }.`);
}

/** Lines of the outer object's keys, in a text that is JSON. */
function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && /^\s*:/.test(text.slice(index + token.length))) {
      lines.set(JSON.parse(token), text.slice(0, index).split('\n').length);
    }
  }
  return lines;
}

function complaintOf({ name, type, choices, wrong }: ConfigKey, value: unknown): string | null {
  if (type === 'number' ? typeof value !== 'number' : typeof value !== 'string') {
    return `${name} is ${JSON.stringify(value)}, and it is a ${type}`;
  }
  if (choices && !choices.includes(value as string)) {
    return `${name} is ${JSON.stringify(value)}, which is none of ${choices.join(', ')}`;
  }
  const said = wrong?.(value as string | number) ?? null;
  return said === null ? null : `${name} ${JSON.stringify(value)} ${said}`;
}

function unknownKey(name: string): string {
  if (/key$|token|secret|password|passwd/i.test(name.replace(/^keys$/, ''))) {
    return `${name} is a secret, which stands in DUCKLINE_API_KEY or in a file of mode 0600 and never here`;
  }
  const rule = /^accept.?provider.?rule$/i.test(name);
  if (rule) return 'the risk of breaking the provider’s rule is taken on the command line alone';
  const near = configKeys.map(key => key.name).find(known => closeTo(name.toLowerCase(), known.toLowerCase()));
  return `there is no setting ${JSON.stringify(name)}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** One slip apart, or one the beginning of the other. */
function closeTo(one: string, other: string): boolean {
  const plain = one.replace(/[_-]/g, '');
  if (plain === other || (plain.length >= 3 && (other.startsWith(plain) || plain.startsWith(other)))) return true;
  if (Math.abs(plain.length - other.length) > 1) return false;
  let head = 0;
  while (head < plain.length && plain[head] === other[head]) head++;
  const [a, b] = [plain.slice(head), other.slice(head)];
  return a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) || swapped(a, b);
}

function swapped(a: string, b: string): boolean {
  return a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
}

function place({ file, line }: ConfigEntry): string {
  return `${file}:${line}`;
}
