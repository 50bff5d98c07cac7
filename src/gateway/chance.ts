/**
 * Chance that is the same on every machine: hashes of small integers instead of a running generator, so that any day of any
 * security can be made alone. Only integer operations and the four exact floating-point ones are used; `Math.exp`,
 * `Math.pow` and `Math.log` may differ in the last digit between engines and are not.
 */

/** A 32-bit unsigned hash of two integers. */
export function hash(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number in [0, 1) from two integers. */
export function chance(a: number, b: number): number {
  return hash(a, b) / 0x1_0000_0000;
}

/** A number in [low, high). */
export function between(a: number, b: number, low: number, high: number): number {
  return low + chance(a, b) * (high - low);
}

/** An integer in [low, high], both included. */
export function whole(a: number, b: number, low: number, high: number): number {
  return low + Math.floor(chance(a, b) * (high - low + 1));
}

export function pick<T>(a: number, b: number, from: readonly T[]): T {
  return from[whole(a, b, 0, from.length - 1)] as T;
}

const powers = new Float64Array(256);
for (let exponent = -128, value = 2 ** -128; exponent < 128; exponent++, value *= 2) powers[exponent + 128] = value;

/** 2 to the power of `x` for |x| < 100, by a polynomial (relative error under 1e-8). */
export function exp2(x: number): number {
  const floor = Math.floor(x);
  const f = (x - floor) * Math.LN2;
  const poly =
    1 + f * (1 + (f / 2) * (1 + (f / 3) * (1 + (f / 4) * (1 + (f / 5) * (1 + (f / 6) * (1 + (f / 7) * (1 + f / 8)))))));
  return poly * (powers[floor + 128] as number);
}

/** A walk has 2^14 steps: more than the sessions of 60 years. */
const levels = 14;

/**
 * Half the width of the displacement of a midpoint between two points 2^k steps apart, for a walk whose single step has
 * the standard deviation 1. Beyond a year (2^8 steps) it grows no more, so that a level never runs away.
 */
const displacement = Float64Array.from({ length: levels + 1 }, (_, k) => {
  const root = Math.min(k, 8);
  const squareRoot = powers[(root >> 1) + 128] as number;
  return ((root & 1 ? squareRoot * Math.SQRT2 : squareRoot) / 2) * 1.7320508075688772;
});

/**
 * The level of a random walk at step `t` (0 ≤ t < 2^14) without the steps before it: midpoints are displaced from the
 * whole range down to single steps. Steps have a standard deviation of about 1 and never exceed 4.2.
 */
export function walk(key: number, t: number): number {
  let left = 0;
  let right = 0;
  let node = 1;
  for (let k = levels; k > 0; k--) {
    const middle = (left + right) / 2 + (chance(key, node) * 2 - 1) * (displacement[k] as number);
    if ((t >> (k - 1)) & 1) {
      left = middle;
      node = node * 2 + 1;
    } else {
      right = middle;
      node *= 2;
    }
  }
  return left;
}
