/**
 * What a sync costs beyond the provider's answers: the write path, the way from worker to table, the plan, memory, the
 * shell's event loop, and the adjusted views over the full market. Every target is a ratio of two things measured in the
 * same run, or a time on a machine of two cores. The built program and its gateway are used wherever a process matters.
 *
 * Options: --only NAME,… of the parts below · --runs N (1)
 */
import { parseArgs } from 'node:util';
import { blocked, decodeAlone, endToEnd } from './sync/end.ts';
import { gaps, memory } from './sync/memory.ts';
import { Notes } from './sync/note.ts';
import { clean } from './sync/place.ts';
import { noop, requests } from './sync/plan.ts';
import { query } from './sync/query.ts';
import { write } from './sync/write.ts';
import { report } from './table.ts';

const parts = { write, end: endToEnd, blocked, gaps, memory, noop, requests, query } as const;
const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string', default: Object.keys(parts).join(',') },
    runs: { type: 'string', default: '1' },
    decode: { type: 'string' },
  },
  allowPositionals: true,
});
const notes = new Notes();
try {
  if (values.decode !== undefined) {
    await decodeAlone(Number(values.decode), (positionals[0] ?? '').split(','));
  } else {
    for (const name of values.only.split(',')) {
      const part = parts[name as keyof typeof parts];
      if (!part) throw new Error(`there is no part '${name}'; parts: ${Object.keys(parts).join(', ')}`);
      await part(notes.note, Number(values.runs));
    }
    report('sync', notes.figures);
  }
} finally {
  clean();
}
