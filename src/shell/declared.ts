/**
 * What a command declares: its options and positionals, read from its yargs declaration without parsing anything. Help,
 * completion and suggestions are made of it.
 */
import type { Argv, Options, PositionalOptions } from 'yargs';
import type { Command } from './command.ts';

export interface DeclaredOption {
  readonly name: string;
  readonly alias: readonly string[];
  readonly type: 'string' | 'number' | 'boolean';
  readonly says: string;
  /** The word for its value in help: `DATE`; null for flags. */
  readonly value: string | null;
  readonly choices: readonly string[];
  /** May be given several times. */
  readonly many: boolean;
  readonly hidden: boolean;
}

export interface DeclaredPositional {
  readonly name: string;
  readonly says: string;
  readonly choices: readonly string[];
  readonly many: boolean;
  readonly required: boolean;
}

export interface Declared {
  readonly options: readonly DeclaredOption[];
  readonly positionals: readonly DeclaredPositional[];
}

const known = new WeakMap<Command, Declared>();

export function declaredBy(command: Command): Declared {
  const before = known.get(command);
  if (before) return before;
  const options: DeclaredOption[] = [];
  const positional = new Map<string, PositionalOptions>();
  const take = (name: string, spec: Options): void => {
    options.push({
      name,
      alias: spec.alias === undefined ? [] : [spec.alias].flat(),
      type:
        spec.type === 'boolean' || spec.boolean
          ? 'boolean'
          : spec.type === 'number' || spec.number
            ? 'number'
            : 'string',
      says: spec.describe || spec.description || spec.desc || '',
      value: spec.type === 'boolean' || spec.boolean ? null : spec.requiresArg === false ? null : valueWord(name, spec),
      choices: (spec.choices ?? []).map(String),
      many: spec.array ?? false,
      hidden: spec.hidden ?? false,
    });
  };
  const recorder: unknown = new Proxy(
    {},
    {
      get: (_, method) => (first: unknown, second: unknown) => {
        if (method === 'option' || method === 'options') {
          if (typeof first === 'string') take(first, (second ?? {}) as Options);
          else for (const [name, spec] of Object.entries(first as Record<string, Options>)) take(name, spec);
        } else if (method === 'positional') {
          positional.set(String(first), (second ?? {}) as PositionalOptions);
        }
        return recorder;
      },
    },
  );
  command.options(recorder as Argv);
  const positionals = [...command.positionals.matchAll(/([[<])([^\]>.]+)(\.\.)?[\]>]/g)].map(
    ([, bracket, name, dots]) => ({
      name: name ?? '',
      says: positional.get(name ?? '')?.describe || '',
      choices: (positional.get(name ?? '')?.choices ?? []).map(String),
      many: dots !== undefined,
      required: bracket === '<',
    }),
  );
  const declared = { options, positionals };
  known.set(command, declared);
  return declared;
}

/** `--from DATE`: the word comes from the description's first capitals, else from the name. */
function valueWord(name: string, spec: Options): string {
  const capitals = /\b[A-Z]{2,}(?::[A-Z]+)?\b/.exec(spec.describe || spec.description || '')?.[0];
  if (capitals) return capitals;
  if (spec.choices && spec.choices.length <= 6) return spec.choices.join('|');
  return spec.type === 'number' || spec.number ? 'N' : name.toUpperCase();
}
