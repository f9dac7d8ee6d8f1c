import { SetupError } from '@atlas/platform';
import { sql } from 'kysely';
import type { Db, Tx } from '../database.ts';
import type { TenantId, UserId } from '../ids.domain.ts';
import type { Passwords } from './passwords.ts';
import { findAccount, insertTenant, insertUser, updatePassword } from './tenant.queries.ts';

export interface OperatorDeps {
  db: Db;
  passwords: Passwords;
  clock: () => Date;
  newId: () => string;
}

/**
 * Makes sure that the configured operator can sign in: creates the account in our own operations tenant, or gives it the
 * configured password. Safe when many replicas start at once. No event: nobody outside has to know our own accounts.
 * Throws SetupError when the address belongs to a customer.
 */
export async function ensureOperator(deps: OperatorDeps, operator: { email: string; password: string }): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('atlas.ensure-operator', 0))`.execute(tx);
    const account = await findAccount(tx, operator.email);
    if (account && account.role !== 'operator') {
      throw new SetupError(`OPERATOR_EMAIL ${operator.email} is a customer's account. Choose another address.`);
    }
    if (!account) return createOperator(deps, tx, operator);
    if (await deps.passwords.verify(account.passwordHash, operator.password)) return;
    await updatePassword(tx, account.userId, await deps.passwords.hash(operator.password));
  });
}

async function createOperator(
  { passwords, clock, newId }: OperatorDeps,
  tx: Tx,
  operator: { email: string; password: string },
): Promise<void> {
  const createdAt = clock();
  const tenantId = await operationsTenant(tx, newId, createdAt);
  const passwordHash = await passwords.hash(operator.password);
  const userId = newId() as UserId;
  const user = { userId, tenantId, email: operator.email, name: 'Operator', passwordHash, createdAt };
  if (await insertUser(tx, { ...user, role: 'operator' })) return;
  throw new SetupError(`OPERATOR_EMAIL ${operator.email} has just been taken by a customer. Choose another address.`);
}

async function operationsTenant(tx: Tx, newId: () => string, createdAt: Date): Promise<TenantId> {
  const existing = await tx
    .selectFrom('tenants')
    .select('tenant_id')
    .where('kind', '=', 'operations')
    .executeTakeFirst();
  if (existing) return existing.tenant_id;
  const tenantId = newId() as TenantId;
  await insertTenant(tx, { tenantId, name: 'Atlas operations', kind: 'operations', createdAt });
  return tenantId;
}
