import type { Account, AccountEvent, Person } from './account.domain.ts';

export interface TakeSeat {
  readonly type: 'take-seat';
  readonly user: Person;
}

export interface SuspendAccount {
  readonly type: 'suspend';
  readonly reason: string;
  /** The operator's user id. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

export interface ReinstateAccount {
  readonly type: 'reinstate';
  /** RFC 3339. */
  readonly at: string;
}

/** Counts a user of the account, once however often they are heard of. */
export function takeSeat({ user }: TakeSeat, { seats }: Account): AccountEvent[] {
  if (seats.has(user.userId)) return [];
  return [{ type: 'seat.taken', payload: { user_id: user.userId, user_email: user.email } }];
}

/** Suspends the account: no charge activates anything until it is reinstated. What is active stays so. */
export function suspend({ reason, by, at }: SuspendAccount, { suspension }: Account): AccountEvent[] {
  if (suspension?.reason === reason) return [];
  // Another reason for the same suspension: it has been suspended since the first one.
  return [{ type: 'account.suspended', payload: { reason, suspended_at: suspension?.since ?? at, by } }];
}

/** Takes a suspension back. */
export function reinstate({ at }: ReinstateAccount, { suspension }: Account): AccountEvent[] {
  return suspension ? [{ type: 'account.reinstated', payload: { reinstated_at: at } }] : [];
}
