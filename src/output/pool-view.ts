/** Both pools: connections with who holds them, workers with what they do, requests, the file. */
import { alignedLines } from './aligned.ts';
import { bytes, count, counted, percent, took } from './amounts.ts';
import { glyphsOf } from './glyphs.ts';
import type { Line, Screen } from './line.ts';
import { shown } from './shown.ts';
import { cutLine, joined, roomOf, span, wrapLine } from './spans.ts';
import type { PoolView } from './view.ts';

const hang = 15;

export function poolLines(view: PoolView, screen: Screen): Line[] {
  const { status, workers } = view;
  const { dot } = glyphsOf(screen);
  const room = roomOf(screen);
  const row = (head: string, parts: readonly string[]): Line[] =>
    wrapLine(
      [
        span(`  ${head.padEnd(hang - 2)}`, head === '' ? 'plain' : 'bold'),
        ...joined(
          parts.map(part => [span(shown(part))]),
          dot,
        ),
      ],
      room,
      Math.min(hang, 4),
    );
  const capacity = status.size + Math.max(0, status.maxOverflow);
  const lines: Line[] = status.alerts.flatMap(alert =>
    wrapLine([span('  alert  ', 'warn'), span(shown(alert))], room, 9),
  );
  lines.push(
    ...row('connections', [
      status.size === 0 ? 'size any' : `size ${status.size} + ${status.maxOverflow < 0 ? 'any' : status.maxOverflow}`,
      `checked out ${status.checkedOut}`,
      `checked in ${status.checkedIn}`,
      `overflow ${status.overflow}`,
      `waiting ${status.waiting}`,
      ...(status.maxOverflow < 0 || status.size === 0 ? [] : [`${percent(status.checkedOut, capacity)} used`]),
    ]),
    ...row('', [
      `wait p50 ${took(status.waitP50Ms)}, p99 ${took(status.waitP99Ms)}`,
      `opened ${count(status.opened)}`,
      `recycled ${count(status.recycled)}`,
      `invalidated ${count(status.invalidated)}`,
      `leaked ${count(status.leaked)}`,
    ]),
    ...row('', [
      `preset ${status.preset}`,
      `timeout ${status.timeoutMs === null ? 'none' : took(status.timeoutMs)}`,
      `recycle ${status.recycleMs < 0 ? 'off' : took(status.recycleMs)}`,
      `${status.running} of ${status.runningLimit} statements running`,
      ...(status.runningWaiting > 0 ? [`${status.runningWaiting} wait for a thread`] : []),
    ]),
  );
  lines.push(
    ...alignedLines(
      [{}, {}, { right: true, worth: 1 }, { worth: 0, least: 10 }],
      status.holders.map(holder => [
        [span(holder.lane)],
        [span(shown(holder.tag))],
        [span(seconds(holder.runningMs ?? holder.heldMs), 'dim')],
        [span(holder.runningMs === null ? 'idle' : shown(brief(holder.sql)), 'dim')],
      ]),
      screen,
      span('    '),
    ),
  );
  if (status.lanes.length > 0) {
    const lanes = status.lanes.map(
      ({ lane, held, waiting }) => `${lane} ${held}${waiting > 0 ? `, ${waiting} waiting` : ''}`,
    );
    lines.push(...row('lanes', [...lanes, ...(status.writer === null ? [] : [`${status.writer} writes`])]));
  }
  lines.push(...row('workers', workersParts(view)));
  lines.push(
    ...alignedLines(
      [{ right: true }, { worth: 1 }, {}, {}, { right: true, worth: 2 }, { right: true, worth: 1 }, { worth: 0 }],
      workers.map(worker => [
        [span(String(worker.id))],
        worker.pid === null ? [] : [span(`pid ${worker.pid}`, 'dim')],
        [span(shown(worker.at ?? ''))],
        [span(worker.state, worker.state === 'dead' ? 'fail' : 'plain')],
        [span(seconds(view.now - worker.since), 'dim')],
        [span(counted(worker.tasks, 'task'), 'dim')],
        worker.memoryMb === null ? [] : [span(`${Math.round(worker.memoryMb)} MB`, 'dim')],
      ]),
      screen,
      span('    '),
    ),
  );
  if (view.used !== null) {
    lines.push(
      ...row('requests', [
        view.budget === null ? `${count(view.used)} today` : `${count(view.used)} of ${count(view.budget)} today`,
        'resets 00:00 Shanghai',
      ]),
    );
  }
  const { file } = view;
  lines.push(
    ...row('file', [
      `${file.path} ${bytes(file.bytes)}`,
      `wal ${bytes(file.walBytes)}`,
      `DuckDB ${file.engine}`,
      ...(file.readOnly ? ['read-only'] : []),
      ...(status.state === 'suspended' ? ['released until the next statement'] : []),
    ]),
  );
  return lines.map(line => cutLine(line, room, glyphsOf(screen).ellipsis));
}

function workersParts({ workers, logins }: PoolView): string[] {
  if (workers.length === 0) return ['none; they start with a fetch'];
  const tally = new Map<string, number>();
  for (const { state } of workers) tally.set(state, (tally.get(state) ?? 0) + 1);
  return [
    String(workers.length),
    ...[...tally].map(([state, amount]) => `${amount} ${state}`),
    ...(logins === null ? [] : [counted(logins, 'login')]),
  ];
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

function brief(sql: string | null): string {
  return (sql ?? '').replace(/\s+/g, ' ').trim().slice(0, 200);
}
