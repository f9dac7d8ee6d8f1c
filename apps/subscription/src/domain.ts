/** The pure part of subscription, for tools that try the saga out without a store. */
export { accountDecider } from './account/account.decider.domain.ts';
export type { AccountCommand } from './account/account.decider.domain.ts';
export { unknownAccount } from './account/account.domain.ts';
export type { Account, AccountEvent, ChargeOutcome, Subscription } from './account/account.domain.ts';
export { announce } from './account/announced.domain.ts';
export type { Announcement } from './account/announced.domain.ts';
export { activationOf, reversalOf, seatOf } from './account/heard.domain.ts';
export { plans } from './plans/plans.domain.ts';
export type { Plan } from './plans/plans.domain.ts';
