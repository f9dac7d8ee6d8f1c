import { makeEnvelope } from '@atlas/event-contracts';
import type { InvitationId, TenantId, UserId } from '../ids.domain.ts';
import { RejectedError } from '../rejected.domain.ts';
import {
  accept,
  invite,
  type Invitation,
  mostPendingInvitations,
  type Present,
  revoke,
  statusOf,
} from './invitation.domain.ts';

const invitedAt = new Date('2026-11-22T08:00:00.000Z');
const after = (days: number, ms = 0) => new Date(invitedAt.getTime() + days * 86_400_000 + ms);
const nobody: Present = { isMember: false, pending: undefined, pendingCount: 0 };
const owner = 'ada' as UserId;
const command = {
  invitationId: 'i-1' as InvitationId,
  tenantId: 't-1' as TenantId,
  email: 'bob@example.com',
  role: 'member',
  invitedBy: owner,
  invitedAt,
} as const;
const joining = { userId: 'bob' as UserId, userName: 'Bob', tenantName: 'Analytical Engines', acceptedAt: after(1) };

const pending = () => invite(command, nobody);
const accepted = () => accept(pending(), joining).invitation;
const revoked = () => revoke(pending(), { revokedAt: after(1), revokedBy: owner });

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof RejectedError) return error.code;
  }
  return 'done';
}

describe('inviting', () => {
  it('makes an invitation that is good for seven days', () => {
    expect(pending()).toEqual({ ...command, status: 'pending', expiresAt: after(7) });
  });

  it.each<[string, Partial<Present>]>([
    ['ALREADY_MEMBER', { isMember: true }],
    ['ALREADY_INVITED', { pending: 'i-0' as InvitationId }],
    ['TOO_MANY_INVITATIONS', { pendingCount: mostPendingInvitations }],
  ])('is refused with %s', (code, present) => {
    expect(codeOf(() => invite(command, { ...nobody, ...present }))).toBe(code);
  });

  it('is possible up to the limit', () => {
    expect(codeOf(() => invite(command, { ...nobody, pendingCount: mostPendingInvitations - 1 }))).toBe('done');
  });
});

describe('accepting', () => {
  it('given a pending invitation, makes a user with the role and the address that the owner chose', () => {
    const { invitation, fact } = accept(pending(), joining);
    expect(invitation).toMatchObject({ status: 'accepted', acceptedBy: 'bob', acceptedAt: after(1) });
    expect(fact.payload).toEqual({
      user_id: 'bob',
      user_email: 'bob@example.com',
      user_name: 'Bob',
      tenant_id: 't-1',
      tenant_name: 'Analytical Engines',
      role: 'member',
    });
  });

  it('says what the contract of user.registered promises', () => {
    const { fact } = accept(pending(), joining);
    const meta = { id: crypto.randomUUID(), timestamp: invitedAt.toISOString(), source: 'gateway', tenantId: 't-1' };
    const rest = { subject: 'bob', sequence: 1, correlationId: 'c', causationId: 'c' };
    expect(makeEnvelope(fact.type, fact.payload, { ...meta, ...rest }).payload).toMatchObject({ role: 'member' });
  });

  it('is possible until the last millisecond of the seventh day', () => {
    expect(codeOf(() => accept(pending(), { ...joining, acceptedAt: after(7, -1) }))).toBe('done');
    expect(codeOf(() => accept(pending(), { ...joining, acceptedAt: after(7) }))).toBe('INVITATION_EXPIRED');
  });

  it.each<[string, () => Invitation]>([
    ['INVITATION_ACCEPTED', accepted],
    ['INVITATION_REVOKED', revoked],
  ])('is refused with %s', (code, given) => {
    expect(codeOf(() => accept(given(), joining))).toBe(code);
  });
});

describe('revoking', () => {
  it('ends a pending invitation, and again changes nothing', () => {
    const again = revoke(revoked(), { revokedAt: after(2), revokedBy: 'eve' as UserId });
    expect(again).toEqual(revoked());
    expect(again).toMatchObject({ status: 'revoked', revokedAt: after(1), revokedBy: owner });
  });

  it('is possible when it has expired, and not when it was accepted', () => {
    expect(codeOf(() => revoke(pending(), { revokedAt: after(8), revokedBy: owner }))).toBe('done');
    expect(codeOf(() => revoke(accepted(), { revokedAt: after(2), revokedBy: owner }))).toBe('INVITATION_ACCEPTED');
  });
});

it('an invitation shows as expired only while nobody has ended it otherwise', () => {
  const statuses = [pending(), accepted(), revoked()].map((invitation) => statusOf(invitation, after(7)));
  expect(statuses).toEqual(['expired', 'accepted', 'revoked']);
  expect(statusOf(pending(), after(7, -1))).toBe('pending');
});
