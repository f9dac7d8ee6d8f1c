import type { NewPayload } from '@atlas/event-contracts';
import type { TenantId, UserId } from '../ids.domain.ts';

export interface SignUp {
  readonly tenantId: TenantId;
  readonly tenantName: string;
  readonly userId: UserId;
  readonly userName: string;
  readonly email: string;
}

/** The public fact: its payload is what the contract of `user.registered` promises. */
export interface UserRegistered {
  readonly type: 'user.registered';
  readonly payload: NewPayload<'user.registered'>;
}

/** Decides a sign-up: a new tenant, whose first user owns it. That the e-mail address is free is the store's to check. */
export function signUp(command: SignUp): UserRegistered {
  return {
    type: 'user.registered',
    payload: {
      user_id: command.userId,
      user_email: command.email,
      user_name: command.userName,
      tenant_id: command.tenantId,
      tenant_name: command.tenantName,
      role: 'owner',
    },
  };
}
