/**
 * Rows that failed a quality rule, in `meta.quarantine`: each finding once, however often it comes again. A finding is
 * settled by the run that brings a sound row of the same code and time without finding the same again.
 */
import type { Code } from '../market/code.ts';
import type { Rejected } from '../market/columns.ts';
import type { EndedTask } from './batch.ts';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import type { Group } from './intake.ts';
import type { Origins } from './merge.ts';
import { append, makeStage, type StageColumn, textColumn } from './stage.ts';
import { instantValue, readCount, readInstant, readText } from './values.ts';

/** A rejected row with the table that it was meant for. */
export interface Finding extends Rejected {
  readonly dataset: string;
}

export function findingsOf(ended: readonly EndedTask[]): Finding[] {
  return ended.flatMap(({ parts }) =>
    parts.flatMap(({ table, rejected }) => rejected.map(row => ({ ...row, dataset: table }))),
  );
}

const layout: readonly StageColumn[] = ['code', 'at', 'dataset', 'reason', 'raw'].map(name => ({ name, kind: 'text' }));

/** Stages the findings; before `settleFindings` and `keepFindings`. */
export async function stageFindings(connection: Connection, findings: readonly Finding[]): Promise<void> {
  await append(connection, await makeStage(connection, 'staged_findings', layout), layout, [
    {
      rows: findings.length,
      columns: [
        textColumn(findings.map(({ code }) => code)),
        textColumn(findings.map(({ at }) => at)),
        textColumn(findings.map(({ dataset }) => dataset)),
        textColumn(findings.map(({ reason }) => reason)),
        textColumn(findings.map(({ raw }) => raw)),
      ],
    },
  ]);
}

const sameFinding = `q.code is not distinct from f.code and q."at" is not distinct from f."at" and q.dataset = f.dataset
  and q.reason = f.reason and q.raw is not distinct from f.raw`;

export async function keepFindings(connection: Connection, { run, source, now }: Origins): Promise<void> {
  await connection.execute(
    `insert into meta.quarantine (run, code, "at", dataset, reason, raw, source, seen_at)
    select distinct $run, f.code, f."at", f.dataset, f.reason, f.raw, $source, $now from staged_findings f
    where not exists (from meta.quarantine q where q.settled_run is null and q.source = $source and ${sameFinding})`,
    { run, source, now: instantValue(now) },
  );
}

/** Settles what sound rows of the staged group replace. */
export async function settleFindings(connection: Connection, group: Group, run: number): Promise<void> {
  const { table } = group;
  const stamp = table.key.includes('time') ? 's.time' : table.key.find(name => name !== 'code');
  if (!table.key.includes('code') || stamp === undefined) return;
  const at = stamp === 's.time' ? stamp : `s."${stamp}"`;
  await connection.execute(
    `update meta.quarantine q set settled_run = $run
    where q.settled_run is null and q.dataset = $dataset
      and exists (from staged_rows s join staged_keys k on k.k = s.k where k.code = q.code and ${at}::varchar = q."at")
      and not exists (from staged_findings f where ${sameFinding})`,
    { run, dataset: table.name },
  );
}

export interface QuarantinedRow extends Finding {
  readonly run: number;
  readonly source: string;
  readonly seenAt: number;
}

/** What is in quarantine and not settled, newest first. */
export async function readQuarantine(
  database: Database,
  { codes, limit = 1000 }: { readonly codes?: readonly Code[]; readonly limit?: number } = {},
): Promise<readonly QuarantinedRow[]> {
  const { rows } = await database.pool.query(
    `select code, "at", reason, raw, dataset, run, source, seen_at from meta.quarantine
    where settled_run is null ${codes ? 'and code in (select unnest($codes::varchar[]))' : ''}
    order by seen_at desc, code, "at" limit $limit`,
    { limit, ...(codes ? { codes: codes as never } : {}) },
    { tag: 'quarantine' },
  );
  return rows.map(row => ({
    code: readText(row[0]),
    at: readText(row[1]),
    reason: readText(row[2]) ?? '',
    raw: readText(row[3]) ?? '',
    dataset: readText(row[4]) ?? '',
    run: readCount(row[5]),
    source: readText(row[6]) ?? '',
    seenAt: readInstant(row[7]) ?? 0,
  }));
}
