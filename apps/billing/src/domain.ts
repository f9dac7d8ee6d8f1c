/** The pure part of billing, for tools that show a history or try the saga out without a store. */
export { accountEvents, publicEventTypes } from './charge/account-events.domain.ts';
export type { AccountEvent, AccountEventType } from './charge/account-events.domain.ts';
export {
  accountDecider,
  accountFoldVersion,
  accountSchema,
  findCharge,
  isUnresolved,
} from './charge/account.domain.ts';
export type { Account, AccountCommand } from './charge/account.domain.ts';
export type { Charge, ChargeFacts, ChargeStatus } from './charge/charge.domain.ts';
export { toOutgoing } from './charge/outgoing-event.ts';
