/** `compact`: the file written anew, sorted and without holes. `--json`: `bytesBefore`, `bytesAfter`, `tables`, `rows`, `ms`. */
import { basename } from 'node:path';
import { bytes, count, counted, took } from '../src/output/amounts.ts';
import { sentenceView } from '../src/output/sentence-view.ts';
import type { Command } from '../src/shell/command.ts';

export const compact: Command = {
  name: 'compact',
  positionals: '',
  usage: '',
  summary: 'writes the file anew, sorted by code and date',
  group: 'data',
  writes: true,
  examples: [
    {
      line: 'compact',
      says: 'after many syncs: smaller, and faster to ask; more than a million daily bars are sorted a year at a time',
    },
  ],
  options: yargs => yargs,
  async run(_, { engine, signal, live, jobs }) {
    const { compact: rewritten } = await import('../src/store/compact.ts');
    const { Problem } = await import('../src/market/problem.ts');
    const [job] = jobs.running;
    if (job) {
      throw new Problem('refused', `${job.what} is at work in this file.`, { next: `wait ${job.number ?? ''}`.trim() });
    }
    const database = await engine.database();
    const started = performance.now();
    const end = await rewritten(database, {
      signal,
      onTable: (table, number, of) =>
        live?.({ kind: 'note', level: 'say', sentence: `writing ${table}, table ${number} of ${of}` }),
    });
    const ms = Math.round(performance.now() - started);
    return {
      view: sentenceView(
        `${basename(engine.file)}: ${bytes(end.bytesBefore)} before, ${bytes(end.bytesAfter)} now · ` +
          `${counted(end.tables, 'table')}, ${count(end.rows)} rows, all compared · ${took(ms)}`,
        { ...end, ms },
      ),
      exitCode: 0,
    };
  },
};
