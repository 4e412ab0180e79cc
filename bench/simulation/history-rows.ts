import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DATABASE_FILE } from '../../local/host/database.ts';

/** History rows of the instances of each kind: those of the longest history, and of the shortest. */
export type Rows = Record<string, { instances: number; most: number; least: number }>;

/** Counts the rows in the database of a host that has stopped. A kind is what stands before the first colon of an id. */
export function countRows(dataDir: string): Rows {
  const database = new DatabaseSync(join(dataDir, DATABASE_FILE), { readOnly: true });
  try {
    const rows: Rows = {};
    for (const { id, count } of database.prepare('SELECT id, count(*) AS count FROM history GROUP BY id').iterate()) {
      const kind = String(id).split(':')[0] ?? '';
      const { instances, most, least } = rows[kind] ?? { instances: 0, most: 0, least: Number.POSITIVE_INFINITY };
      const found = Number(count);
      rows[kind] = { instances: instances + 1, most: Math.max(most, found), least: Math.min(least, found) };
    }
    return rows;
  } finally {
    database.close();
  }
}
