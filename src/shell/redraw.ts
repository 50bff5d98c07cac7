/** A command's live view on a terminal without a prompt: each look takes the place of the one before; the last leaves none. */
import { paint } from '../output/ansi.ts';
import { viewLines } from '../output/lines.ts';
import type { View } from '../output/view.ts';
import type { Out } from './script.ts';
import type { Session, Submission } from './session.ts';

/** @returns stops and takes the view away. */
export function redrawLive(session: Session, submission: Submission, out: Out): () => Promise<void> {
  let shown: View | null = null;
  let rows = 0;
  let writing: Promise<void> = Promise.resolve();
  const draw = (view: View | null): void => {
    const { screen, colours } = out;
    const lines = view === null ? [] : viewLines(view, screen).slice(0, Math.max(1, screen.rows - 1));
    const up = rows === 0 ? '' : `\x1b[${rows}A\r\x1b[J`;
    rows = lines.length;
    const text = up + lines.map(line => `${paint(line, colours)}\n`).join('');
    writing = writing.then(() => out.write(text));
  };
  const stop = session.on(() => {
    if (submission.live === shown) return;
    shown = submission.live;
    draw(shown);
  });
  return async () => {
    stop();
    if (rows > 0) draw(null);
    await writing;
  };
}
