import { type Selectable, sql } from 'kysely';
import type { Database, Db, Tx } from '../database.ts';
import type { Page } from '../edge/page.ts';
import type { InvitationId, TenantId } from '../ids.domain.ts';
import type { SecretHash } from '../secret.ts';
import type {
  AcceptedInvitation,
  Invitation,
  PendingInvitation,
  Present,
  RevokedInvitation,
} from './invitation.domain.ts';

/** Inserts a pending invitation with the hash of its token. */
export async function insertInvitation(tx: Tx, invitation: PendingInvitation, hash: SecretHash): Promise<void> {
  await tx
    .insertInto('invitations')
    .values({
      tenant_id: invitation.tenantId,
      invitation_id: invitation.invitationId,
      email: invitation.email,
      role: invitation.role,
      token_hash: hash,
      invited_by: invitation.invitedBy,
      created_at: invitation.invitedAt,
      expires_at: invitation.expiresAt,
      accepted_at: null,
      accepted_by: null,
      revoked_at: null,
      revoked_by: null,
    })
    .execute();
}

/** What an invitation of this address is decided on. Exact in a transaction that holds the tenant's lock. */
export async function presentFor(tx: Tx, tenantId: TenantId, email: string, now: Date): Promise<Present> {
  const member = await tx
    .selectFrom('users')
    .select('user_id')
    .where('tenant_id', '=', tenantId)
    .where(sql`lower(email)`, '=', email.toLowerCase())
    .executeTakeFirst();
  const pending = await tx
    .selectFrom('invitations')
    .select(['invitation_id', 'email'])
    .where('tenant_id', '=', tenantId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .execute();
  const same = pending.find((row) => row.email.toLowerCase() === email.toLowerCase());
  return { isMember: member !== undefined, pending: same?.invitation_id, pendingCount: pending.length };
}

/** At most `limit` of the tenant's invitations, newest first, ended ones among them. */
export async function listInvitations(db: Db, tenantId: TenantId, page: Page<InvitationId>): Promise<Invitation[]> {
  const rows = await db
    .selectFrom('invitations')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .$if(page.after !== undefined, (query) => query.where('invitation_id', '<', page.after as InvitationId))
    .orderBy('invitation_id', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map(invitationOf);
}

/** The tenant's invitation, locked until the transaction ends: accepting and revoking decide one after the other. */
export async function lockInvitation(tx: Tx, tenantId: TenantId, id: InvitationId): Promise<Invitation | undefined> {
  const row = await tx
    .selectFrom('invitations')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('invitation_id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row && invitationOf(row);
}

/** Whose invitation this token opens, and into which tenant. Without a tenant in the query: the token finds it. */
export async function findInvited(
  db: Db | Tx,
  hash: SecretHash,
): Promise<{ tenantId: TenantId; tenantName: string; invitationId: InvitationId } | undefined> {
  return db
    .selectFrom('invitations')
    .innerJoin('tenants', 'tenants.tenant_id', 'invitations.tenant_id')
    .select([
      'invitations.tenant_id as tenantId',
      'tenants.name as tenantName',
      'invitations.invitation_id as invitationId',
    ])
    .where('invitations.token_hash', '=', hash)
    .executeTakeFirst();
}

/** Stores how an invitation ended. The caller holds its lock. */
export async function updateEnded(tx: Tx, ended: AcceptedInvitation | RevokedInvitation): Promise<void> {
  await tx
    .updateTable('invitations')
    .set(
      ended.status === 'accepted'
        ? { accepted_at: ended.acceptedAt, accepted_by: ended.acceptedBy }
        : { revoked_at: ended.revokedAt, revoked_by: ended.revokedBy },
    )
    .where('tenant_id', '=', ended.tenantId)
    .where('invitation_id', '=', ended.invitationId)
    .execute();
}

function invitationOf(row: Selectable<Database['invitations']>): Invitation {
  const invited = {
    invitationId: row.invitation_id,
    tenantId: row.tenant_id,
    email: row.email,
    role: row.role,
    invitedBy: row.invited_by,
    invitedAt: row.created_at,
    expiresAt: row.expires_at,
  };
  const { accepted_at: acceptedAt, accepted_by: acceptedBy, revoked_at: revokedAt, revoked_by: revokedBy } = row;
  if (acceptedAt && acceptedBy) return { ...invited, status: 'accepted', acceptedAt, acceptedBy };
  if (revokedAt && revokedBy) return { ...invited, status: 'revoked', revokedAt, revokedBy };
  return { ...invited, status: 'pending' };
}
