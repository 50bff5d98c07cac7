/** Changes of the connection pool as words: what was asked, checked and done, and one sentence that says what is now so. */
import { Problem } from '../market/problem.ts';
import type { ConnectionPool } from '../store/connection.ts';
import { limitOf, type PoolOptions, type PresetName, presets } from '../store/pool/options.ts';
import { nearest } from './nearest.ts';

export interface Changed {
  readonly level: 'say' | 'warn';
  readonly text: string;
}

type Kind = 'count' | 'duration' | 'switch' | 'reset';

interface Setting {
  readonly option: keyof PoolOptions;
  readonly kind: Kind;
  /** Values that are words of their own. */
  readonly words?: Readonly<Record<string, number | null>>;
}

/** By their name at the prompt. Durations are seconds where no unit is given. */
const settings: Readonly<Record<string, Setting>> = {
  size: { option: 'size', kind: 'count', words: { unlimited: 0 } },
  'max-overflow': { option: 'maxOverflow', kind: 'count', words: { unlimited: -1 } },
  timeout: { option: 'timeoutMs', kind: 'duration', words: { none: null } },
  recycle: { option: 'recycleMs', kind: 'duration', words: { off: -1, '-1': -1 } },
  'pre-ping': { option: 'prePing', kind: 'switch' },
  lifo: { option: 'lifo', kind: 'switch' },
  'reset-on-return': { option: 'resetOnReturn', kind: 'reset' },
  'idle-timeout': { option: 'idleTimeoutMs', kind: 'duration', words: { off: 0 } },
  'min-idle': { option: 'minIdle', kind: 'count' },
  'leak-after': { option: 'leakAfterMs', kind: 'duration', words: { off: 0 } },
};

export async function changePool(
  pool: ConnectionPool,
  name: string | undefined,
  value: string | undefined,
): Promise<Changed> {
  if (name === undefined) {
    throw new Problem('usage', 'pool set needs a name and a value.', {
      next: `one of ${Object.keys(settings).join(', ')}`,
    });
  }
  const key = keyOf(name);
  const setting = settings[key];
  if (!setting) {
    const [meant] = nearest(key, Object.keys(settings), 1);
    throw new Problem('usage', `the pool has no setting ${name}.`, {
      next: meant === undefined ? `one of ${Object.keys(settings).join(', ')}` : `did you mean pool set ${meant} ?`,
    });
  }
  if (value === undefined) {
    throw new Problem('usage', `pool set ${key} needs a value; it is ${told(setting, pool.options[setting.option])}.`, {
      next: 'help pool',
    });
  }
  const before = pool.options[setting.option];
  const after = readValue(key, setting, value);
  await pool.configure({ [setting.option]: after });
  const text = `${key} is ${told(setting, after)}, was ${told(setting, before)}`;
  return withAlert(pool, before === after ? `${key} was ${told(setting, after)} before` : text);
}

export async function presetPool(pool: ConnectionPool, name: string | undefined): Promise<Changed> {
  if (name === undefined || !Object.hasOwn(presets, name)) {
    const sentence = name === undefined ? 'pool preset needs a name.' : `there is no pool preset ${name}.`;
    throw new Problem('usage', sentence, { next: `one of ${Object.keys(presets).join(', ')}` });
  }
  await pool.configure(name as PresetName);
  const { size, maxOverflow, timeoutMs, recycleMs } = pool.options;
  const [waits, ages] = [told({ kind: 'duration' }, timeoutMs), told({ kind: 'duration' }, recycleMs)];
  return withAlert(pool, `preset ${name}: size ${size} + ${maxOverflow}, timeout ${waits}, recycle ${ages}`);
}

export async function recyclePool(pool: ConnectionPool): Promise<Changed> {
  const closed = await pool.recycle();
  const what =
    closed === 0
      ? 'no connection is idle, so none was replaced'
      : `${closed} idle ${closed === 1 ? 'connection' : 'connections'} closed; new ones open when they are needed`;
  return { level: 'say', text: `${what}.` };
}

/** A pool that allows more statements than the machine runs at once works, with waiting that nobody expects. */
function withAlert(pool: ConnectionPool, sentence: string): Changed {
  const most = limitOf(pool.options);
  const { runningLimit } = pool.status();
  if (most <= runningLimit) return { level: 'say', text: `${sentence}.` };
  const allowed = Number.isFinite(most) ? `${most} connections` : 'any number of connections';
  return {
    level: 'warn',
    text: `${sentence}; it allows ${allowed}, and this machine runs ${runningLimit} statements at once (UV_THREADPOOL_SIZE less two), so the others wait.`,
  };
}

/** `maxOverflow`, `max_overflow` and `max-overflow` are the same; so is `timeoutMs` with `timeout`. */
function keyOf(name: string): string {
  return name
    .replace(/(?<=[a-z])(?=[A-Z])/g, '-')
    .replaceAll('_', '-')
    .toLowerCase()
    .replace(/-ms$/, '');
}

function readValue(name: string, { kind, words }: Setting, value: string): number | boolean | string | null {
  const text = value.toLowerCase();
  if (words && Object.hasOwn(words, text)) return words[text] ?? null;
  const refuse = (takes: string): Problem => new Problem('usage', `pool set ${name} takes ${takes}, not ${value}.`);
  switch (kind) {
    case 'switch':
      if (text === 'on' || text === 'true') return true;
      if (text === 'off' || text === 'false') return false;
      throw refuse('on or off');
    case 'reset':
      if (['rollback', 'commit', 'renew', 'none'].includes(text)) return text;
      throw refuse('rollback, commit, renew or none');
    case 'count': {
      const least = name === 'max-overflow' ? -1 : 0;
      const number = Number(text);
      if (/^-?\d+$/.test(text) && number >= least && number <= 10_000) return number;
      throw refuse(`a whole number from ${least} to 10000`);
    }
    case 'duration': {
      const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)?$/.exec(text) ?? [];
      const ms = Number(amount) * ({ ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }[unit] ?? 1);
      if (amount !== undefined && (ms > 0 || words?.off === 0 || name === 'timeout') && ms < 2 ** 31) return ms;
      throw refuse(`a time such as 30s, 500ms or 10m${words ? `, or ${Object.keys(words)[0]}` : ''}`);
    }
  }
}

function told(
  { kind, words }: Pick<Setting, 'kind' | 'words'>,
  value: PoolOptions[keyof PoolOptions] | string,
): string {
  const word = Object.entries(words ?? {}).find(([, means]) => means === value)?.[0];
  if (word !== undefined) return word;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (kind === 'duration') {
    if (value === null) return 'none';
    const ms = Number(value);
    return ms < 0 ? 'off' : ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
  }
  return String(value);
}
