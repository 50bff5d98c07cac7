/**
 * The program that a worker process runs: one login session with a provider, kept for all tasks of its shift. It is
 * bundled by itself and knows neither database nor screen.
 */
import { setPriority } from 'node:os';
import { openSession as openBaostock } from '../source/baostock/source.ts';
import { serve } from './serve.ts';

/** Steps of priority behind the program: so few that a busy machine does not starve a worker. */
const behind = 5;

try {
  // Where processors are few, the prompt and the writer come first.
  setPriority(behind);
} catch {
  // The system does not allow it: the worker does the same work.
}

export default serve(start => {
  if (start.source.source === 'baostock') return openBaostock;
  return async () => ({
    failure: { class: 'bad-request', message: `There is no source '${start.source.source}'.` },
  });
});
