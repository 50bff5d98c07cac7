/**
 * The provider's API keys: 33 characters, `bs-`, 29 characters of base 62 and one check character, which is the character
 * at (sum of the indexes of the 29) mod 62 (client 0.9.4). A key is a secret: no message repeats it.
 */

import { publicBaostock, vipBaostock } from '../../config/endpoint.ts';
import type { Failure } from '../outcome.ts';
import type { Endpoint } from '../source.ts';
import { refusedBefore } from './errors.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const keyLength = 33;
const prefix = 'bs-';

/** What is wrong with a key's form, or null. */
export function apiKeyFailure(key: string): Failure | null {
  const refuse = (what: string): Failure => refusedBefore('10001012', `The API key ${what}.`);
  if (key.length !== keyLength) return refuse(`has ${key.length} characters instead of ${keyLength}`);
  if (!key.startsWith(prefix)) return refuse(`does not begin with ${prefix}`);
  const indexes = [...key.slice(prefix.length)].map(character => alphabet.indexOf(character));
  if (indexes.includes(-1)) return refuse('holds a character that is neither a digit nor a Latin letter');
  const sum = indexes.slice(0, -1).reduce((total, index) => total + index, 0);
  if (sum % alphabet.length !== indexes.at(-1))
    return refuse('does not match its check character: it has a typing error');
  return null;
}

/** Where to connect: a key moves the provider's public host to the one for keys; any other endpoint stays. */
export function routed(endpoint: Endpoint, apiKey: string | undefined): Endpoint {
  return apiKey !== undefined && endpoint.host.toLowerCase() === publicBaostock.host
    ? { ...endpoint, host: vipBaostock.host }
    : endpoint;
}
