import type { CurrentUser } from '../edge/identity.ts';

/** A user and their tenant as the API shows them. */
export function accountView({ userId, tenantId, role, email, name, tenantName }: Omit<CurrentUser, 'via'>) {
  return {
    user: { user_id: userId, email, name, role },
    tenant: { tenant_id: tenantId, name: tenantName },
  };
}
