import { subscriptionActivated, subscriptionActivationFailed } from '@atlas/event-contracts';
import { eventually, type ServiceClient } from '@atlas/testing';
import { v7 } from 'uuid';
import { type BillingKit, newTenant, type Service } from './billing-kit.ts';

/** A busy machine is slow, and a timed-out call of the provider comes again after seconds. */
export const patient = { timeoutMs: 45_000 };

export type Customer = ReturnType<typeof newCustomer>;

/** A tenant of its own, with what it and the subscription service do about its charges. */
export function newCustomer(kit: BillingKit, service: Service) {
  const tenant = newTenant();
  const owner: ServiceClient = service.as(tenant);
  const statusOf = async (id: string): Promise<string> => (await owner('GET', `/billing/charges/${id}`)).body.status;
  return {
    tenant,
    owner,
    statusOf,
    /** Asks for a charge and returns its id. */
    async checkout(paymentMethod = 'pm_card_visa', key: string = v7()): Promise<string> {
      const body = { plan_id: 'team', payment_method: paymentMethod };
      const { status, body: answer } = await owner('POST', '/billing/charges', { body, key });
      if (status !== 202) throw new Error(`the checkout was answered ${status} ${JSON.stringify(answer)}`);
      return answer.charge_id;
    },
    until: (id: string, status: string) => eventually(async () => (await statusOf(id)) === status, patient),
    /** The types of everything that has happened, in order. */
    async facts(): Promise<string[]> {
      const { body } = await owner('GET', '/billing/history?limit=1000');
      return body.items.map(({ type }: { type: string }) => type);
    },
    activate: (id: string, options: { copies?: number; id?: string } = {}) =>
      kit.send('subscription.activated', activated(tenant, id), { tenantId: tenant, ...options }),
    refuse: (id: string, options: { copies?: number; id?: string } = {}) =>
      kit.send('subscription.activation_failed', notActivated(tenant, id), { tenantId: tenant, ...options }),
  };
}

/** What the subscription service says of a charge that it has turned into a subscription. */
export const activated = (tenant: string, id: string) => ({
  ...subscriptionActivated.versions['1.0'].example,
  ...{ account_id: tenant, charge_id: id, subscription_id: 'sub_1' },
});

/** What it says of one that it cannot. */
export const notActivated = (tenant: string, id: string) => ({
  ...subscriptionActivationFailed.versions['1.0'].example,
  ...{ account_id: tenant, charge_id: id, reason: 'plan_retired' },
});

/** What the provider has taken for a charge, and given back, in cents. */
export async function moneyOf(kit: BillingKit, chargeId: string): Promise<{ charged: number; refunded: number }> {
  const { payments, refunds } = await kit.ledger(chargeId);
  const sum = (entries: readonly { status: string; amount_cents: number }[]) =>
    entries.filter(({ status }) => status === 'succeeded').reduce((all, { amount_cents }) => all + amount_cents, 0);
  return { charged: sum(payments), refunded: sum(refunds) };
}

/** Until no message waits or is in hand. */
export const untilQuiet = (kit: BillingKit) => eventually(async () => (await kit.depth()).waiting === 0, patient);
