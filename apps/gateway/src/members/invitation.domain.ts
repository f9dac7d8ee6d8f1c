import type { NewPayload } from '@atlas/event-contracts';
import type { InvitationId, TenantId, UserId } from '../ids.domain.ts';
import { RejectedError } from '../rejected.domain.ts';

/** Long enough for a holiday week's mail, short enough that a forgotten link is not a way in for ever. */
export const invitationDays = 7;

/** Enough for a team to be invited in one go; a stolen owner's session is not a way to fill our tables. */
export const mostPendingInvitations = 100;

const dayMs = 24 * 60 * 60 * 1000;

/** Who may be invited as what. Operators are ours and are made by configuration. */
export type InvitedRole = 'owner' | 'member';

interface Invited {
  readonly invitationId: InvitationId;
  readonly tenantId: TenantId;
  readonly email: string;
  readonly role: InvitedRole;
  readonly invitedBy: UserId;
  readonly invitedAt: Date;
  /** From this moment on it can no longer be accepted. */
  readonly expiresAt: Date;
}

export interface PendingInvitation extends Invited {
  readonly status: 'pending';
}

export interface AcceptedInvitation extends Invited {
  readonly status: 'accepted';
  readonly acceptedAt: Date;
  readonly acceptedBy: UserId;
}

export interface RevokedInvitation extends Invited {
  readonly status: 'revoked';
  readonly revokedAt: Date;
  readonly revokedBy: UserId;
}

export type Invitation = PendingInvitation | AcceptedInvitation | RevokedInvitation;

/** What the tenant looks like when someone is to be invited. */
export interface Present {
  readonly isMember: boolean;
  /** An invitation of this address that can still be accepted. */
  readonly pending: InvitationId | undefined;
  readonly pendingCount: number;
}

/**
 * Decides to invite an address into the tenant for `invitationDays`. Throws RejectedError ALREADY_MEMBER; ALREADY_INVITED,
 * which names the invitation that would have to be deleted first; TOO_MANY_INVITATIONS.
 */
export function invite(command: Omit<Invited, 'expiresAt'>, present: Present): PendingInvitation {
  if (present.isMember) throw new RejectedError('ALREADY_MEMBER', 'This address belongs to a member already.');
  if (present.pending !== undefined) {
    throw new RejectedError(
      'ALREADY_INVITED',
      'This address has an invitation that can still be accepted. Delete it to invite again.',
      { invitation_id: present.pending },
    );
  }
  if (present.pendingCount >= mostPendingInvitations) {
    throw new RejectedError(
      'TOO_MANY_INVITATIONS',
      `A workspace may have ${mostPendingInvitations} pending invitations. Delete one first.`,
    );
  }
  return { ...command, status: 'pending', expiresAt: new Date(command.invitedAt.getTime() + invitationDays * dayMs) };
}

export interface AcceptInvitation {
  readonly userId: UserId;
  readonly userName: string;
  readonly tenantName: string;
  readonly acceptedAt: Date;
}

/** The public fact: its payload is what the contract of `user.registered` promises. */
export interface MemberRegistered {
  readonly type: 'user.registered';
  readonly payload: NewPayload<'user.registered'>;
}

/**
 * Decides to accept an invitation: its address becomes a user of the tenant with the role that the owner chose. Throws
 * RejectedError INVITATION_ACCEPTED, INVITATION_REVOKED or INVITATION_EXPIRED. That the address has no account yet is
 * the store's to check.
 */
export function accept(
  invitation: Invitation,
  command: AcceptInvitation,
): { invitation: AcceptedInvitation; fact: MemberRegistered } {
  const { userId, userName, tenantName, acceptedAt } = command;
  if (invitation.status !== 'pending') throw ended(invitation.status);
  if (invitation.expiresAt <= acceptedAt) throw ended('expired');
  return {
    invitation: { ...invitation, status: 'accepted', acceptedAt, acceptedBy: userId },
    fact: {
      type: 'user.registered',
      payload: {
        user_id: userId,
        user_email: invitation.email,
        user_name: userName,
        tenant_id: invitation.tenantId,
        tenant_name: tenantName,
        role: invitation.role,
      },
    },
  };
}

/**
 * Decides to take an invitation back. One that was revoked before stays as it is; throws RejectedError INVITATION_ACCEPTED
 * when there is nothing left to take back.
 */
export function revoke(invitation: Invitation, command: { revokedAt: Date; revokedBy: UserId }): RevokedInvitation {
  if (invitation.status === 'accepted') throw ended('accepted');
  return invitation.status === 'revoked' ? invitation : { ...invitation, ...command, status: 'revoked' };
}

export type InvitationStatus = Invitation['status'] | 'expired';

/** The status as a person sees it: an invitation that nobody has accepted in time has expired. */
export function statusOf(invitation: Invitation, now: Date): InvitationStatus {
  return invitation.status === 'pending' && invitation.expiresAt <= now ? 'expired' : invitation.status;
}

const endings = {
  accepted: ['INVITATION_ACCEPTED', 'This invitation has been accepted already. Sign in instead.'],
  revoked: ['INVITATION_REVOKED', 'This invitation has been taken back. Ask for a new one.'],
  expired: ['INVITATION_EXPIRED', 'This invitation has expired. Ask for a new one.'],
} as const;

function ended(how: keyof typeof endings): RejectedError {
  const [code, message] = endings[how];
  return new RejectedError(code, message);
}
