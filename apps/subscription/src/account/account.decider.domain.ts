import type { Plan } from '../plans/plans.domain.ts';
import { type Account, type AccountEvent, evolve, unknownAccount } from './account.domain.ts';
import { activate, type ActivateSubscription, noteReversal, type NoteReversal } from './activation.domain.ts';
import {
  reinstate,
  type ReinstateAccount,
  suspend,
  type SuspendAccount,
  takeSeat,
  type TakeSeat,
} from './standing.domain.ts';
import { cancel, type CancelSubscription, changePlan, type ChangePlan } from './subscription.domain.ts';

/** Everything that may be asked of an account. */
export type AccountCommand =
  ActivateSubscription | NoteReversal | TakeSeat | SuspendAccount | ReinstateAccount | ChangePlan | CancelSubscription;

/**
 * The decisions about one account under this catalogue of plans, as pure functions: a `Decider` of `@atlas/event-store`. What
 * events cause is never refused; what people ask for may be, with a RejectedError.
 */
export function accountDecider(plans: readonly Plan[]) {
  return {
    initialState: unknownAccount,
    evolve,
    decide(command: AccountCommand, account: Account): AccountEvent[] {
      switch (command.type) {
        case 'activate':
          return activate(command, account, plans);
        case 'note-reversal':
          return noteReversal(command, account);
        case 'take-seat':
          return takeSeat(command, account);
        case 'suspend':
          return suspend(command, account);
        case 'reinstate':
          return reinstate(command, account);
        case 'change-plan':
          return changePlan(command, account, plans);
        case 'cancel':
          return cancel(command, account);
      }
    },
  };
}
