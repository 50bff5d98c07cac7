/**
 * How to draw on this terminal, asked of the terminal itself at each start: its background decides between the light and the dark
 * theme, the place of the cursor after some glyphs of ambiguous width between these and their ASCII twins. Nothing waits for the
 * answers but the greeting, and that not for long: what does not come, or cannot be right, leaves the look as it was. The
 * last question is one that every terminal answers, so its answer ends the waiting.
 */
import type { Colours } from '../output/ansi.ts';

export interface Look {
  readonly colours: Colours;
  /** False: ASCII twins. */
  readonly glyphs: boolean;
}

/** What nobody has set: only that is asked for. */
export interface Unset {
  readonly theme: boolean;
  readonly glyphs: boolean;
}

/** Written in the first column of an empty row, and erased in the same breath. */
const probe = '·…━─▁';
const placeAfter = `\r${probe}\x1b[6n\r\x1b[K`;
const background = '\x1b]11;?\x1b\\';
const attributes = '\x1b[c';
/** How long the greeting waits, in ms. */
const patienceMs = 200;
/** Milliseconds from the question until the program may leave without an answer. */
const leavingPatienceMs = 2000;
/** These print an operating system command or know no question at all. */
const mute = /^(linux|vt\d|eterm|sun|cons|emacs)/;

export function questionsFor(unset: Unset, term: string): string {
  const asked = (unset.glyphs ? placeAfter : '') + (unset.theme ? background : '');
  return asked === '' || mute.test(term) ? '' : asked + attributes;
}

/** The look after an answer (a report as the key parser gives it); the same one where it says nothing. */
export function answered(look: Look, report: string, unset: Unset): Look {
  const place = /^\[(\d+);(\d+)R$/.exec(report);
  if (place && unset.glyphs) {
    const wider = Number(place[2]) - 1 - probe.length;
    return wider > 0 && wider <= probe.length ? { ...look, glyphs: false } : look;
  }
  const light = unset.theme ? lightness(report) : null;
  if (light === null) return look;
  return { ...look, colours: { ...look.colours, theme: light > 0.5 ? 'light' : 'dark' } };
}

/** Of `]11;rgb:ffff/ffff/ffff`, from 0 to 1; null for anything else. */
function lightness(report: string): number | null {
  const spelled = /^\]11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i.exec(report);
  const hash = /^\]11;#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(report);
  const parts = (spelled ?? hash)?.slice(1).map(part => Number.parseInt(part, 16) / (16 ** part.length - 1));
  if (!parts) return null;
  const [red = 0, green = 0, blue = 0] = parts;
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

export class AskedLook {
  look: Look;
  readonly questions: string;
  /** Resolves when the last answer came, or when they take too long. */
  readonly settled: Promise<void>;
  /**
   * Resolves when the last answer came, or when none will. Slow terminals and slow lines answer in time here too: what comes
   * after the program has left is typed at whoever has the terminal next.
   */
  readonly answered: Promise<void>;
  private readonly unset: Unset;
  private settle: () => void = () => {};
  private end: () => void = () => {};

  constructor(look: Look, unset: Unset, term: string) {
    this.look = look;
    this.unset = unset;
    this.questions = questionsFor(unset, term);
    this.settled = new Promise(resolve => {
      this.settle = resolve;
    });
    this.answered = new Promise(resolve => {
      this.end = resolve;
    });
    if (this.questions === '') this.hearNothingMore();
    // A busy loop sees a timer before the bytes that arrived meanwhile: those are read first.
    else {
      setTimeout(() => setImmediate(this.settle), patienceMs).unref();
      setTimeout(() => setImmediate(this.end), leavingPatienceMs).unref();
    }
  }

  hear(report: string): void {
    this.look = answered(this.look, report, this.unset);
    if (/^\[\?[\d;]*c$/.test(report)) this.hearNothingMore();
  }

  private hearNothingMore(): void {
    this.settle();
    this.end();
  }
}
