import { sql } from 'kysely';
import type { Database, Db } from '../src/database.ts';

/** Whether any row of the table holds this secret, or its part behind the last `_`, as text or as bytes. */
export async function isStored(db: Db, table: keyof Database, secret: string): Promise<boolean> {
  const { rows } = await sql<{ row: string }>`SELECT each::text AS row FROM ${sql.table(table)} AS each`.execute(db);
  if (rows.length === 0) throw new Error(`the table ${table} is empty: it proves nothing`);
  const random = secret.slice(-43);
  const forms = [random, Buffer.from(random).toString('hex'), Buffer.from(random, 'base64url').toString('hex')];
  return rows.some(({ row }) => forms.some((form) => row.includes(form)));
}
