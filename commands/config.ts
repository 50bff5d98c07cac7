/**
 * `config`: the settings in use and where each comes from. Secrets are never shown. `--json` of show: `settings[]` with `name, value,
 * from` (`flag`, `environment`, `file`, `default`), `place` (variable, or file and line; null), `files[]`; of path: `files[]`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endpointText } from '../src/config/endpoint.ts';
import { apiKeyFile, configKeys, configPaths } from '../src/config/file.ts';
import { homePath } from '../src/config/paths.ts';
import type { Settings } from '../src/config/settings.ts';
import { aliasFile } from '../src/shell/aliases.ts';
import type { Command } from '../src/shell/command.ts';
import type { Engine } from '../src/shell/engine.ts';

interface ConfigOptions {
  readonly what: 'show' | 'path';
}

export const config: Command<ConfigOptions> = {
  name: 'config',
  positionals: '[what]',
  usage: '[show|path]',
  summary: `settings and where each comes from: ${configKeys.map(({ name }) => name).join(' ')}`,
  group: 'shell',
  examples: [
    { line: 'config show', says: 'flag before environment before duckline.json before config.json' },
    { line: 'config path', says: 'the files that are read' },
  ],
  options: yargs =>
    yargs.positional('what', {
      type: 'string',
      choices: ['show', 'path'],
      default: 'show',
      describe: 'show or path',
    }) as never,
  async run({ what }, { engine }) {
    const files = filesOf(engine);
    if (what === 'path') {
      return {
        view: {
          kind: 'list',
          head: [],
          columns: [{ name: 'file', least: 20 }, { name: 'for' }, { name: '' }],
          rows: files.map(({ file, what: says, exists }) => [file, says, exists ? '' : 'not there']),
          empty: null,
          foot: [],
          next: [],
          object: { files },
        },
        exitCode: 0,
      };
    }
    const settings = settingsOf(engine);
    return {
      view: {
        kind: 'list',
        head: [],
        columns: [
          { name: 'setting', role: 'accent' },
          { name: 'value', least: 12 },
          { name: 'from', least: 12 },
        ],
        rows: settings.map(({ name, value, from, place }) => [name, value ?? '', place ?? from]),
        empty: null,
        foot: [],
        next: [],
        object: { settings, files },
      },
      exitCode: 0,
    };
  },
};

interface ShownSetting {
  readonly name: string;
  readonly value: string | null;
  readonly from: 'flag' | 'environment' | 'file' | 'default';
  readonly place: string | null;
}

function settingsOf({ settings, environment, configured }: Engine): ShownSetting[] {
  const rows = configKeys.map(({ name, variable }): ShownSetting => {
    const known = name in settings ? settings[name as keyof Settings] : undefined;
    const setting = known && typeof known === 'object' && 'origin' in known ? known : undefined;
    const entry = configured.find(({ key }) => key.name === name);
    const value = setting ? shownValue(setting.value) : (environment[variable] ?? null);
    if (setting?.origin === 'flag') return { name, value, from: 'flag', place: `--${name}` };
    if (setting ? setting.origin === 'default' : !environment[variable]) {
      return { name, value, from: 'default', place: null };
    }
    // What the environment says goes before the file, where both speak.
    return entry
      ? { name, value, from: 'file', place: `${entry.file}:${entry.line}` }
      : { name, value, from: 'environment', place: variable };
  });
  const key = settings.apiKey === null ? 'not set' : 'set, not shown';
  return [
    ...rows,
    { name: 'API key', value: key, from: settings.apiKey === null ? 'default' : 'environment', place: null },
  ];
}

function shownValue(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === 'object' ? endpointText(value as never) : String(value);
}

function filesOf({ environment }: Engine) {
  const { user, project } = configPaths(environment, process.cwd());
  const files = [
    [user, 'settings of this user'],
    [project, 'settings of this folder'],
    [join(homePath('config', environment), 'rc.sql'), 'run when a prompt starts'],
    [aliasFile(environment), 'aliases'],
    [apiKeyFile(environment), 'the API key, mode 0600'],
  ] as const;
  return files.map(([file, what]) => ({ file, what, exists: existsSync(file) }));
}
