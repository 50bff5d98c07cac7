/**
 * Taking data out again, with everything that says it is there: rows, coverage, ledger, quarantine and the notes of what was
 * asked, in one transaction. What was forgotten is missing, and is asked for like anything that never was.
 */

import type { Code } from '../market/code.ts';
import { datasets } from '../source/baostock/datasets.ts';
import type { Connection } from './connection.ts';
import { type Database, refuseReadOnly } from './database.ts';
import { spanCodes } from './factors.ts';
import { barTables, type MarketTable, marketTables } from './tables.ts';
import { readCount, readText } from './values.ts';

export type Forgotten =
  | { readonly kind: 'table'; readonly table: MarketTable }
  | { readonly kind: 'code'; readonly code: Code };

/** A table of market data by its name; null for what is none. */
export function forgettableTable(name: string): MarketTable | null {
  return marketTables.find(table => table.name === name.toLowerCase()) ?? null;
}

interface Piece {
  readonly table: string;
  readonly where: string;
  /** Counted for people. */
  readonly rows: boolean;
}

/** Rows by table that would go. */
export async function countForgotten(
  database: Database,
  what: Forgotten,
): Promise<readonly { readonly table: string; readonly rows: number }[]> {
  const counts: { table: string; rows: number }[] = [];
  for (const { table, where, rows } of piecesOf(what)) {
    if (!rows) continue;
    const found = await database.pool.query(`select count(*) from ${table} where ${where}`, valuesOf(what), {
      tag: 'forget',
    });
    const count = readCount(found.rows[0]?.[0]);
    if (count > 0) counts.push({ table: table.replace(/^main\./, ''), rows: count });
  }
  return counts;
}

/** @returns rows of market data that went. @throws Problem for a file that is open read-only. */
export async function forget(database: Database, what: Forgotten): Promise<number> {
  refuseReadOnly(database, 'forgotten');
  return database.pool.write(
    async connection => {
      let gone = 0;
      for (const { table, where, rows } of piecesOf(what)) {
        const count = await connection.execute(`delete from ${table} where ${where}`, valuesOf(what));
        if (rows) gone += count;
      }
      if (what.kind === 'table' && what.table.name === 'adj_factors') await plainSpans(connection);
      return gone;
    },
    { tag: 'forget' },
  );
}

function valuesOf(what: Forgotten): Record<string, string> {
  return what.kind === 'code' ? { code: what.code } : {};
}

/** All codes with bars get a span of factor 1 again. */
async function plainSpans(connection: Connection): Promise<void> {
  const { rows } = await connection.query(
    barTables.map(({ base }) => `select distinct code from ${base}`).join(' union '),
  );
  await spanCodes(
    connection,
    [],
    rows.map(([code]) => readText(code) as string),
  );
}

function piecesOf(what: Forgotten): Piece[] {
  return what.kind === 'code' ? ofCode() : ofTable(what.table);
}

function ofCode(): Piece[] {
  const where = 'code = $code';
  return [
    ...barTables.map(({ base }) => ({ table: base, where, rows: true })),
    { table: 'main.adj_factors', where, rows: true },
    ...['factor_spans', 'coverage', 'failures', 'quarantine'].map(name => ({
      table: `meta.${name}`,
      where,
      rows: false,
    })),
    {
      table: 'meta.refreshed',
      where: `what in ('adj_factors', 'factors') and json_extract_string(params, '$.code') = $code`,
      rows: false,
    },
  ];
}

function ofTable({ name, base, shape }: MarketTable): Piece[] {
  const asked = datasets.filter(({ table }) => table === name).map(dataset => `'${dataset.name}'`);
  const names = [`'${name}'`, ...asked].join(', ');
  return [
    { table: base, where: 'true', rows: true },
    ...(shape === 'bars' ? [{ table: 'meta.coverage', where: `dataset = '${name}'`, rows: false }] : []),
    ...(shape === 'snapshots' ? [{ table: 'meta.lists', where: `dataset = '${name}'`, rows: false }] : []),
    ...(name === 'adj_factors' ? [{ table: 'meta.factor_spans', where: 'true', rows: false }] : []),
    { table: 'meta.failures', where: `dataset in (${names})`, rows: false },
    { table: 'meta.quarantine', where: `dataset in (${names})`, rows: false },
    { table: 'meta.refreshed', where: `what in (${names})`, rows: false },
  ];
}
