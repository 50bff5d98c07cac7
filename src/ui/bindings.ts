/** From keys to commands: the table of `shell/keys-table.ts` as a map, with chords of two keys. */
import { keyTable } from '../shell/keys-table.ts';

const bindings = new Map<string, string>();
const prefixes = new Set<string>();
for (const { keys, command } of keyTable) {
  for (const key of keys) {
    bindings.set(key, command);
    const blank = key.indexOf(' ');
    if (blank > 0) prefixes.add(key.slice(0, blank));
  }
}

/** The command of a key, after `prefix` when one is open; a prefix by itself, or null where the key does nothing. */
export function lookUp(
  key: string,
  prefix: string | null,
): { readonly command: string } | { readonly prefix: string } | null {
  const whole = prefix === null ? key : `${prefix} ${key}`;
  const command = bindings.get(whole);
  if (command !== undefined) return { command };
  return prefix === null && prefixes.has(key) ? { prefix: key } : null;
}
