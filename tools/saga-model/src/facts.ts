import type { EndState } from './end-states.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** What happened belongs to somebody else's request then. */
const otherRequests: readonly string[] = ['retry-reversals', 'refund-by-hand'];

/** Throws when what others were told of a charge is not what became of it, was told twice, or belongs to another request. */
export function factsAreTrue(world: World, { checkouts, deeds }: Scenario, ends: ReadonlyMap<string, EndState>): void {
  const published = [...world.network.published.values()];
  for (const { chargeId } of checkouts) {
    const about = published.filter(({ payload }) => payload['charge_id'] === chargeId);
    // A copy has the id of its original, and so has the other major.
    const count = (...types: string[]) =>
      new Set(about.filter(({ event }) => types.includes(event)).map(({ id }) => id)).size;
    const once = {
      'charge.requested': count('charge.requested'),
      'charge.succeeded': count('charge.succeeded'),
      'charge.failed or charge.reversed': count('charge.failed') + count('charge.reversed'),
      'an answer of subscription': count('subscription.activated', 'subscription.activation_failed'),
    };
    for (const [what, times] of Object.entries(once)) {
      if (times > 1 && !isLateMoney(what, chargeId, world))
        throw new Error(`${chargeId}: ${what} was said ${times} times`);
    }
    const wasTold = once['charge.failed or charge.reversed'] > 0;
    if (wasTold !== (ends.get(chargeId) === 'not active, nothing kept')) {
      throw new Error(`${chargeId} is ${ends.get(chargeId)}, and others were told something else`);
    }
    const stray = about.find(({ correlation_id }) => correlation_id !== `request-${chargeId}`);
    if (stray && !deeds.some((deed) => otherRequests.includes(deed))) {
      throw new Error(`${stray.event} of ${chargeId} belongs to ${stray.correlation_id}`);
    }
  }
}

/** The provider has taken money after it had refused: that is said to have failed, and then to be given back. */
function isLateMoney(what: string, chargeId: string, { provider }: World): boolean {
  const ledger = provider.ledger.get(chargeId);
  return what === 'charge.failed or charge.reversed' && ledger?.payment.outcome === 'succeeded';
}
