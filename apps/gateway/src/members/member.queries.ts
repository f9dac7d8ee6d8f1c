import type { Db, Role } from '../database.ts';
import type { Page } from '../edge/page.ts';
import type { TenantId, UserId } from '../ids.domain.ts';

export interface Member {
  readonly userId: UserId;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: Date;
}

/** At most `limit` of the tenant's users, in the order in which they joined, from after the user `after` on. */
export async function listMembers(db: Db, tenantId: TenantId, page: Page<UserId>): Promise<Member[]> {
  return db
    .selectFrom('users')
    .select(['user_id as userId', 'email', 'name', 'role', 'created_at as createdAt'])
    .where('tenant_id', '=', tenantId)
    .$if(page.after !== undefined, (query) => query.where('user_id', '>', page.after as UserId))
    .orderBy('user_id')
    .limit(page.limit)
    .execute();
}
