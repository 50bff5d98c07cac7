/** Settings from files: which goes before which, and what is told of a mistake. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readApiKey, readConfig, withConfig } from '../../src/config/file.ts';
import { readSettings } from '../../src/config/settings.ts';
import { Problem } from '../../src/market/problem.ts';

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duckline-config-'));
  env = { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
  mkdirSync(join(folder, 'config/duckline'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const user = (text: string): void => writeFileSync(join(folder, 'config/duckline/config.json'), text);
const project = (text: string): void => writeFileSync(join(folder, 'duckline.json'), text);
const problem = (): Problem => {
  try {
    readConfig(env, folder);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
  }
  throw new Error('no problem');
};

it('puts flags before the environment before the folder before the user', () => {
  user('{"db": "user.duckdb", "workers": 2, "theme": "dark", "format": "line"}');
  project('{"$schema": "x",\n  "db": "project.duckdb", "workers": 3}');
  const entries = readConfig(env, folder);
  expect(entries.map(({ key, line }) => [key.name, line])).toEqual([
    ['db', 2],
    ['workers', 2],
    ['format', 1],
    ['theme', 1],
  ]);
  const settings = readSettings({ format: 'csv' }, withConfig({ ...env, DUCKLINE_WORKERS: '4' }, entries));
  expect(settings.db.value).toBe('project.duckdb');
  expect(settings.workers.value).toBe(4);
  expect(settings.theme.value).toBe('dark');
  expect(settings.format).toEqual({ value: 'csv', origin: 'flag' });
});

it('tells every mistake with its file and line', () => {
  user('{\n  "workers": 99,\n  "theme": "pink",\n  "wrokers": 2,\n  "nested": {"db": 1},\n  "db": 5\n}');
  const file = join(folder, 'config/duckline/config.json');
  const { message, kind } = problem();
  expect(kind).toBe('usage');
  expect(message).toContain(`${file}:2: workers 99 is no whole number from 1 to 16`);
  expect(message).toContain(`${file}:3: theme is "pink", which is none of`);
  expect(message).toContain(`${file}:4: there is no setting "wrokers"; did you mean workers?`);
  expect(message).toContain(`${file}:5: there is no setting "nested"`);
  expect(message).toContain(`${file}:6: db is 5, and it is a text`);
});

it('tells where a file stops being JSON', () => {
  project('{\n  "workers": 2,\n}');
  expect(problem().message).toBe(`${join(folder, 'duckline.json')}:3: this is no JSON.`);
  project('[]');
  expect(problem().message).toContain('settings are one JSON object');
});

it.each(['apiKey', 'api_key', 'token', 'password'])('refuses the secret %s, and does not repeat it', name => {
  user(`{"${name}": "s3cret"}`);
  expect(problem().message).toContain('is a secret');
  expect(problem().message).not.toContain('s3cret');
});

it('reads a key from a file that nobody else can read', () => {
  const file = join(folder, 'config/duckline/api-key');
  expect(readApiKey(env)).toBeNull();
  writeFileSync(file, 'k1\n');
  chmodSync(file, 0o644);
  expect(() => readApiKey(env)).toThrow('can be read by others');
  chmodSync(file, 0o600);
  expect(readApiKey(env)).toBe('k1');
  expect(readApiKey({ ...env, DUCKLINE_API_KEY: 'k2' })).toBe('k2');
});

it('sends no key to an endpoint that a folder names', () => {
  project('{"endpoint": "203.0.113.9:10030"}');
  expect(readConfig(env, folder)).toHaveLength(1);
  env.DUCKLINE_API_KEY = 'k';
  expect(problem().message).toContain('duckline.json:1: an API key is not sent');
});
