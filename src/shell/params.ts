/**
 * The parameters of a session: `let code sh.600519`, then `$code` in SQL, bound by value and never pasted, and as a whole word of
 * a command. A value is a number, a date or a text, told by how it is written:
 *
 * 1. `2024-01-31` and no other form is a date.
 * 2. Digits, with a sign, a point or an exponent, are a number, unless they begin with a zero (`000001`) or are the six digits
 *    of a security's code (`600519`): those are text, which the engine compares with numbers too.
 * 3. Everything else is text.
 */
import { candidatesOf } from '../market/code.ts';
import { isDate, toDays } from '../market/date.ts';
import { Problem } from '../market/problem.ts';
import type { Bound } from '../store/connection.ts';
import { nearest } from './nearest.ts';
import type { SqlToken } from './sql-tokens.ts';

export interface Param {
  /** Lower case. */
  readonly name: string;
  readonly kind: 'number' | 'date' | 'text';
  /** As it was written. */
  readonly text: string;
}

export type ParamKind = Param['kind'];

const nameForm = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const numberForm = /^[+-]?(?:0|[1-9]\d*)?(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** What a written value is taken for. */
export function kindOf(text: string): ParamKind {
  if (isDate(text)) return 'date';
  if (/\d/.test(text) && numberForm.test(text) && !(/^\d{6}$/.test(text) && candidatesOf(text).length > 0))
    return 'number';
  return 'text';
}

/** @throws Problem `usage` for a name that no parameter can have, or a value that is not of the kind asked for. */
export function paramOf(name: string, text: string, kind: ParamKind = kindOf(text)): Param {
  const bare = name.replace(/^\$/, '');
  if (!nameForm.test(bare)) {
    throw new Problem('usage', `${name} cannot be the name of a parameter: letters, digits and _, no digit first.`, {
      next: 'let code sh.600519',
    });
  }
  if (kind === 'number' && !(numberForm.test(text) && /\d/.test(text))) {
    throw new Problem('usage', `${text} is no number.`, { next: `let ${bare} ${text}` });
  }
  if (kind === 'date' && !isDate(text)) throw new Problem('usage', `${text} is no date: dates are 2024-01-31.`);
  return { name: bare.toLowerCase(), kind, text };
}

/** `code=sh.600519`, as `--set` takes it. */
export function paramFrom(pair: string): Param {
  const at = pair.indexOf('=');
  if (at < 1) throw new Problem('usage', `--set takes NAME=VALUE, not ${pair}.`, { next: '--set code=sh.600519' });
  return paramOf(pair.slice(0, at), pair.slice(at + 1));
}

/** What the engine is given. Whole numbers stay whole whatever their length. */
export function boundOf({ kind, text }: Param): Bound {
  if (kind === 'date' && isDate(text)) return { epochDay: toDays(text) };
  if (kind !== 'number') return text;
  if (!/^[+-]?\d+$/.test(text)) return Number(text);
  const whole = BigInt(text.replace(/^\+/, ''));
  return whole >= -2147483648n && whole <= 2147483647n ? Number(whole) : whole;
}

export class Params {
  readonly #params = new Map<string, Param>();

  get all(): readonly Param[] {
    return [...this.#params.values()];
  }

  set(param: Param): void {
    this.#params.set(param.name, param);
  }

  clear(name: string): boolean {
    return this.#params.delete(name.replace(/^\$/, '').toLowerCase());
  }

  /** @throws Problem `usage` for a name that has no value. */
  find(name: string): Param {
    const param = this.#params.get(name.toLowerCase());
    if (param) return param;
    const [meant] = nearest(name.toLowerCase(), [...this.#params.keys()], 1);
    throw new Problem('usage', `$${name} has no value.`, {
      next: meant === undefined ? `let ${name} VALUE` : `did you mean $${meant} ?`,
    });
  }

  /** The values for the `$names` of a statement, by the names as they stand there. */
  valuesFor(tokens: readonly SqlToken[]): Readonly<Record<string, Bound>> {
    const values: Record<string, Bound> = {};
    for (const { kind, text } of tokens) {
      if (kind !== 'parameter' || !/^\$[\p{L}_]/u.test(text)) continue;
      const name = text.slice(1);
      // The engine knows a parameter by its first spelling.
      if (!Object.keys(values).some(known => known.toLowerCase() === name.toLowerCase()))
        values[name] = boundOf(this.find(name));
    }
    return values;
  }

  /** The words of a command with each `$name` in the place of a whole word put in. */
  filled(words: readonly string[]): string[] {
    return words.map(word => (/^\$[\p{L}_][\p{L}\p{N}_]*$/u.test(word) ? this.find(word.slice(1)).text : word));
  }

  /** The same with some more; those given win. */
  with(given: readonly Param[]): Params {
    const all = new Params();
    for (const param of [...this.all, ...given]) all.set(param);
    return all;
  }
}
