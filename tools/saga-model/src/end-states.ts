import { type Charge, findCharge } from '@atlas/billing/domain';
import type { ChargeOutcome } from '@atlas/subscription/domain';
import type { LedgerEntry } from './provider.ts';
import type { Scenario } from './scenario.ts';
import { accountId, reversalAttempts, type World } from './world.ts';

/** How the saga of a charge may end; there is no fourth way. */
export type EndState = 'active, charged once' | 'not active, nothing kept' | 'parked, for an operator';

interface Seen {
  readonly charge: Charge | undefined;
  readonly outcome: ChargeOutcome | undefined;
  readonly ledger: LedgerEntry | undefined;
}

/** The end state of every charge. Throws a description of a charge that is in none, or of two services that disagree. */
export async function endStates(world: World, scenario: Scenario): Promise<Map<string, EndState>> {
  const account = await world.billing.load(accountId);
  const { outcomes, subscription } = world.subscription.load(accountId);
  const ends = new Map<string, EndState>();
  for (const { chargeId } of scenario.checkouts) {
    const charge = findCharge(account, chargeId);
    const outcome = outcomes.get(chargeId);
    const ledger = world.provider.ledger.get(chargeId);
    const end = endStateOf({ charge, outcome, ledger });
    if (end === undefined) throw new Error(`${chargeId} is in no end state: ${shown({ charge, outcome, ledger })}`);
    ends.set(chargeId, end);
  }
  if (subscription?.status === 'active' && ends.get(subscription.paidBy.chargeId) !== 'active, charged once') {
    throw new Error(`the subscription is active, but ${subscription.paidBy.chargeId} does not pay for it`);
  }
  return ends;
}

function endStateOf({ charge, outcome, ledger }: Seen): EndState | undefined {
  if (!charge || !ledger || ledger.timesTaken > 1 || ledger.timesGivenBack > ledger.timesTaken) return undefined;
  const keptTimes = ledger.timesTaken - ledger.timesGivenBack;
  const isActive = outcome?.kind === 'activated' && outcome.reversedAt === undefined;
  switch (charge.status) {
    case 'confirmed': {
      const isOurs = outcome?.kind === 'activated' && outcome.subscriptionId === charge.subscriptionId;
      return isActive && isOurs && keptTimes === 1 ? 'active, charged once' : undefined;
    }
    case 'failed':
      return outcome === undefined && keptTimes === 0 ? 'not active, nothing kept' : undefined;
    case 'reversed':
      return outcome?.reversedAt !== undefined && keptTimes === 0 ? 'not active, nothing kept' : undefined;
    case 'reversal_parked':
      return !isActive && keptTimes === 1 && namesTheMoney(charge) && wasRefused(ledger)
        ? 'parked, for an operator'
        : undefined;
    default:
      return undefined;
  }
}

function namesTheMoney({ amountCents, currency, ...charge }: Extract<Charge, { status: 'reversal_parked' }>): boolean {
  return amountCents > 0 && currency !== '' && charge.reason !== '' && charge.lastRefusal !== '';
}

/** Three times, each of them once. */
function wasRefused({ refunds }: LedgerEntry): boolean {
  return [...refunds.values()].filter(({ outcome }) => outcome === 'refused').length >= reversalAttempts;
}

function shown({ charge, outcome, ledger }: Seen): string {
  const { timesTaken = 0, timesGivenBack = 0, refunds = new Map() } = ledger ?? {};
  return JSON.stringify({ charge, outcome, timesTaken, timesGivenBack, refunds: [...refunds] }, null, 2);
}
