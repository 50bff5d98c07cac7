/** The figures that need memory: how long the last checkouts waited, and whether utilisation is alarming. */

/** Percentiles over the last thousand checkouts, those that did not wait included. */
export class Waits {
  readonly #last = new Float64Array(1000);
  #next = 0;
  #filled = 0;

  add(ms: number): void {
    this.#last[this.#next] = ms;
    this.#next = (this.#next + 1) % this.#last.length;
    if (this.#filled < this.#last.length) this.#filled++;
  }

  /** The wait that a share `q` (0..1) of the checkouts did not exceed; 0 before the first. */
  percentile(q: number): number {
    if (this.#filled === 0) return 0;
    const sorted = this.#last.slice(0, this.#filled).sort();
    return sorted[Math.min(this.#filled - 1, Math.ceil(q * this.#filled) - 1)] ?? 0;
  }
}

export interface UtilisationAlert {
  /** 80 or 90. */
  readonly percent: number;
  readonly raised: boolean;
}

/** Raises each level once on the way up and clears it only ten points below, so that hovering at a level does not chatter. */
export class Utilisation {
  readonly #levels = [
    { percent: 80, clearsBelow: 70, since: null as number | null },
    { percent: 90, clearsBelow: 80, since: null as number | null },
  ];

  #standing: { readonly percent: number; readonly since: number } | null = null;

  /** @returns what changed. */
  update(used: number, limit: number, now: number): UtilisationAlert[] {
    const share = Number.isFinite(limit) ? (used / limit) * 100 : 0;
    const changed: UtilisationAlert[] = [];
    for (const level of this.#levels) {
      if (level.since === null && share >= level.percent) {
        level.since = now;
        changed.push({ percent: level.percent, raised: true });
      } else if (level.since !== null && share < level.clearsBelow) {
        level.since = null;
        changed.push({ percent: level.percent, raised: false });
      }
    }
    const highest = this.#levels.findLast(({ since }) => since !== null);
    this.#standing = highest?.since == null ? null : { percent: highest.percent, since: highest.since };
    return changed;
  }

  /** The highest level that stands, and since when. */
  get standing(): { readonly percent: number; readonly since: number } | null {
    return this.#standing;
  }
}
