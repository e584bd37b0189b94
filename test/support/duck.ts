/** Tables as DuckDB reads them: an engine of others, asked in SQL. */

import { DuckDBInstance } from '@duckdb/node-api';

/** A value as DuckDB's client gives it: bigint for 64-bit numbers, Date for times. */
export type DuckValue = string | number | bigint | boolean | Date | null;

/** One row of an answer. */
export type DuckRow = Readonly<Record<string, DuckValue>>;

/** Runs one query in a database of its own, times in UTC. */
export async function askDuck(sql: string): Promise<DuckRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const reader = await connection.runAndReadAll(sql);
    return reader.getRowObjectsJS() as DuckRow[];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
