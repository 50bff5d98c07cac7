/**
 * The program that a worker process runs: one login session with a provider, kept for all tasks of its shift. It is
 * bundled by itself and knows neither database nor screen.
 */
import { constants, setPriority } from 'node:os';
import { openSession as openBaostock } from '../source/baostock/source.ts';
import { serve } from './serve.ts';

try {
  // Where processors are few, the prompt and the writer come first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // The system does not allow it: the worker does the same work.
}

export default serve(start => {
  if (start.source.source === 'baostock') return openBaostock;
  return async () => ({
    failure: { class: 'bad-request', message: `There is no source '${start.source.source}'.` },
  });
});
