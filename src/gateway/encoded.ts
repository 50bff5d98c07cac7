/** Answers that were encoded before, kept whole up to a number of bytes; the one not asked for longest goes first. */
export class EncodedAnswers {
  private readonly held = new Map<string, Buffer>();
  private readonly bound: number;
  private bytes = 0;

  constructor(bound: number) {
    this.bound = bound;
  }

  get(key: string): Buffer | undefined {
    const found = this.held.get(key);
    if (found) {
      this.held.delete(key);
      this.held.set(key, found);
    }
    return found;
  }

  keep(key: string, answer: Buffer): void {
    if (answer.length > this.bound / 8) return;
    this.held.set(key, answer);
    this.bytes += answer.length + key.length;
    for (const [oldest, value] of this.held) {
      if (this.bytes <= this.bound) break;
      this.held.delete(oldest);
      this.bytes -= value.length + oldest.length;
    }
  }
}
