/**
 * Under which keys the members of a struct are found in its value: their names, or their places (`0`, `1` …) where names
 * would not keep them apart. `row(1, 'x')` has two members without a name, and `__proto__` is no key of its own.
 */
const known = new WeakMap<readonly string[], readonly string[]>();

/** One key a member, in the order of the type. */
export function memberKeys(names: readonly string[]): readonly string[] {
  const before = known.get(names);
  if (before) return before;
  const apart = new Set(names).size === names.length && !names.includes('__proto__');
  const keys = apart ? names : names.map((_, place) => String(place));
  known.set(names, keys);
  return keys;
}

/** Members without names, as `row(1, 'x')` makes them: the engine writes them in round brackets. */
export function isUnnamed(names: readonly string[]): boolean {
  return names.length > 0 && names.every(name => name === '');
}
