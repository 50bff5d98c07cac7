/**
 * Something read once and kept until it is called stale. One reading at a time; what is called stale during a reading is read
 * again. A reading that fails keeps what was known, and is tried again when somebody asks. Where a mark tells cheaply that all is as it
 * was, nothing is read.
 */
export class Kept<T> {
  readonly #read: () => Promise<T>;
  readonly #markNow: (() => Promise<string>) | null;
  #mark: string | null = null;
  #value: T | null = null;
  #known = false;
  #reading: Promise<T | null> | null = null;

  /** `mark`: another one whenever the reading would be another. */
  constructor(read: () => Promise<T>, mark: (() => Promise<string>) | null = null) {
    this.#read = read;
    this.#markNow = mark;
  }

  /** As known now, however old. */
  get value(): T | null {
    return this.#value;
  }

  stale(): void {
    this.#known = false;
  }

  /** Reads where that is due; resolves to what is known then. Never rejects. */
  fresh(): Promise<T | null> {
    if (this.#reading) return this.#reading;
    if (this.#known) return Promise.resolve(this.#value);
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readAll(): Promise<T | null> {
    for (let tries = 0; tries < 3 && !this.#known; tries++) {
      this.#known = true;
      try {
        const mark = this.#markNow ? await this.#markNow() : null;
        if (mark !== null && mark === this.#mark) continue;
        this.#value = await this.#read();
        this.#mark = mark;
      } catch {
        this.#known = false;
        break;
      }
    }
    return this.#value;
  }
}
