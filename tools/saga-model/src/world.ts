import { composeEnvelopes } from '@atlas/event-contracts';
import { type Billing, createBilling } from './billing.ts';
import type { Choices } from './choices.ts';
import { createNetwork, type Network } from './network.ts';
import { createModelProvider, type ModelProvider } from './provider.ts';
import type { Checkout, Deed, Scenario } from './scenario.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { asking, type Task } from './tasks.ts';

export const accountId = 'account-1';
/** Refusals after which a reversal is parked. */
export const reversalAttempts = 3;

/** Everything that takes part, before anything has happened. */
export interface World {
  readonly network: Network;
  readonly provider: ModelProvider;
  readonly billing: Billing;
  readonly subscription: Subscription;
  /** What people ask for at the beginning, and whenever they feel like it. */
  readonly requests: readonly Task[];
  deed(deed: Deed): Task | undefined;
}

/** Something wrong on purpose. */
export type Defect = 'forgetful provider' | 'forgetful subscription';

/** Builds the world of a scenario. */
export function createWorld(scenario: Scenario, choices: Choices, defect?: Defect): World {
  let [time, ids] = [Date.parse('2026-11-22T08:00:00Z'), 0];
  const clock = () => new Date((time += 10));
  const newId = () => `01980000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
  const network = createNetwork();
  const treatments = new Map(scenario.checkouts.map(({ chargeId, treatment }) => [`pm_${chargeId}`, treatment]));
  const treatmentOf = (paymentMethod: string) => treatments.get(paymentMethod)!;
  const forgetful = defect === 'forgetful provider';
  const provider = createModelProvider({ choices, clock, treatmentOf, forgetful });
  const billing = createBilling({ network, provider, clock, newId, reversalAttempts });
  const subscription = createSubscription({ network, clock, newId, forgetful: defect === 'forgetful subscription' });
  for (let user = 1; user <= scenario.users; user += 1) register(network, user, newId(), clock());

  const buy = (checkout: Checkout): Task => {
    const { chargeId, planId, amountCents, currency } = checkout;
    const money = { chargeId, accountId, planId, amountCents, currency, paymentMethod: `pm_${chargeId}` };
    const charge = { ...money, ...payer, requestedAt: clock().toISOString() };
    return asking(`checkout ${chargeId}`, `request-${chargeId}`, async (io) => {
      const { accounts } = billing.processOver(io);
      await accounts.handle(accountId, { type: 'RequestCharge', charge }, { commandId: chargeId });
    });
  };
  const by = { userId: payer.userId, email: payer.userEmail };
  const at = () => clock().toISOString();
  const askSubscription = (name: string, command: () => Parameters<SubscriptionHandle>[1]) =>
    asking(name, newId(), async (io) => {
      await subscription.processOver(io).handle(accountId, command()).catch(refused);
    });

  return {
    ...{ network, provider, billing, subscription },
    requests: scenario.checkouts.map(buy),
    deed(deed) {
      switch (deed) {
        case 'suspend':
          return askSubscription(deed, () => ({ type: 'suspend', reason: 'chargeback', by: 'operator', at: at() }));
        case 'reinstate':
          return askSubscription(deed, () => ({ type: 'reinstate', at: at() }));
        case 'cancel':
          return askSubscription(deed, () => ({ type: 'cancel', by, at: at() }));
        case 'move-to-starter':
          return askSubscription(deed, () => ({ type: 'change-plan', planId: 'starter', by, at: at() }));
        case 'retry-reversals':
          return asking(deed, newId(), async (io) => {
            const { accounts } = billing.processOver(io);
            for (const { chargeId } of scenario.checkouts)
              await accounts.handle(accountId, { type: 'RetryReversal', chargeId }).catch(refused);
          });
        case 'refund-by-hand':
          scenario.checkouts.some(({ chargeId }) => provider.refundByHand(chargeId));
          return undefined;
      }
    },
  };
}

type SubscriptionHandle = ReturnType<Subscription['processOver']>['handle'];

const payer = { userId: 'user-1', userEmail: 'ada@example.com' };

/** The gateway has told of a user. */
function register(network: Network, user: number, id: string, at: Date): void {
  const payload = {
    ...{ user_id: `user-${user}`, user_email: `user-${user}@example.com`, user_name: `User ${user}` },
    ...{ tenant_id: accountId, tenant_name: 'Analytical Engines Ltd', role: user === 1 ? 'owner' : 'member' },
  };
  const meta = { id, timestamp: at.toISOString(), source: 'gateway', tenantId: accountId, subject: `user-${user}` };
  network.outbox.push(
    ...composeEnvelopes('user.registered', payload, { ...meta, sequence: 1, correlationId: id, causationId: id }),
  );
}

/** What the domain refuses, its asker is told. */
function refused(error: unknown): void {
  if ((error as Error).name !== 'RejectedError') throw error;
}
