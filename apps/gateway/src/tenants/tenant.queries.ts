import { sql } from 'kysely';
import type { Db, Role, Tx } from '../database.ts';
import type { TenantId, UserId } from '../ids.domain.ts';

export interface NewTenant {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly kind: 'customer' | 'operations';
  readonly createdAt: Date;
}

export interface NewUser {
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly createdAt: Date;
}

export interface Account {
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly role: Role;
  readonly email: string;
  readonly name: string;
  readonly tenantName: string;
  readonly passwordHash: string;
}

/** Inserts a tenant. */
export async function insertTenant(tx: Tx, { tenantId, name, kind, createdAt }: NewTenant): Promise<void> {
  await tx.insertInto('tenants').values({ tenant_id: tenantId, name, kind, created_at: createdAt }).execute();
}

/**
 * Makes what is counted before it is added exact: until the transaction ends no other one that takes this lock goes on for
 * the same tenant. Rows that only refer to the tenant are added beside it as ever.
 */
export async function lockTenant(tx: Tx, tenantId: TenantId): Promise<void> {
  await tx.selectFrom('tenants').select('tenant_id').where('tenant_id', '=', tenantId).forNoKeyUpdate().execute();
}

/** Inserts a user; false when the e-mail address, in any letter case, has an account already. */
export async function insertUser(tx: Tx, user: NewUser): Promise<boolean> {
  const inserted = await tx
    .insertInto('users')
    .values({
      user_id: user.userId,
      tenant_id: user.tenantId,
      email: user.email,
      name: user.name,
      role: user.role,
      password_hash: user.passwordHash,
      created_at: user.createdAt,
    })
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** The account that signs in with this e-mail address, in any letter case. The one query without a tenant: it finds it. */
export async function findAccount(db: Db | Tx, email: string): Promise<Account | undefined> {
  return db
    .selectFrom('users')
    .innerJoin('tenants', 'tenants.tenant_id', 'users.tenant_id')
    .select([
      'users.user_id as userId',
      'users.tenant_id as tenantId',
      'users.role',
      'users.email',
      'users.name',
      'tenants.name as tenantName',
      'users.password_hash as passwordHash',
    ])
    .where(sql`lower(users.email)`, '=', email.toLowerCase())
    .executeTakeFirst();
}

/** Replaces the password of a user, unless it is another one than `from` by now; false then. */
export async function replacePassword(db: Db, userId: UserId, change: { from: string; to: string }): Promise<boolean> {
  const updated = await db
    .updateTable('users')
    .set({ password_hash: change.to })
    .where('user_id', '=', userId)
    .where('password_hash', '=', change.from)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

/** Sets the password of a user. */
export async function updatePassword(tx: Tx, userId: UserId, passwordHash: string): Promise<void> {
  await tx.updateTable('users').set({ password_hash: passwordHash }).where('user_id', '=', userId).execute();
}
