import { accountDecider, accountEvents, findCharge, toOutgoing } from '@atlas/billing/domain';
import {
  type Accounts,
  type ChargeDesk,
  createChargeDesk,
  createHandlers,
  createSettle,
  type LateResult,
} from '@atlas/billing/saga';
import { createCommandHandler, createMemoryEventStore, loadState } from '@atlas/event-store';
import { createDynamoOutbox, type DynamoTransaction } from '@atlas/messaging';
import type { Network } from './network.ts';
import type { ModelProvider } from './provider.ts';
import type { Io } from './runs.ts';
import { silent, uncounted } from './silent.ts';

export interface BillingDeps {
  readonly network: Network;
  readonly provider: ModelProvider;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** Refusals after which a reversal is parked. */
  readonly reversalAttempts: number;
}

/** Billing as one process of it sees it: its own code over stores whose answers may never come. */
export interface BillingProcess {
  readonly accounts: Accounts;
  readonly handlers: ReturnType<typeof createHandlers>;
  readonly desk: ChargeDesk;
  readonly settle: ReturnType<typeof createSettle>;
}

interface Origin {
  readonly correlationId: string;
  readonly causationId: string;
}

/** After these nobody has to look after the charge any more. */
const finalFacts: readonly string[] = ['charge.failed', 'charge.confirmed', 'charge.reversed'];

/** Billing's facts in memory, and processes over them. */
export function createBilling({ network, provider, clock, newId, reversalAttempts }: BillingDeps) {
  const outbox = createDynamoOutbox({ source: 'billing', clock, newId, tableName: 'outbox' });
  /** Charges that somebody has to come back to; rows of a table in the transaction of the facts. */
  const due = new Set<string>();
  /** What the last fact about an open charge belongs to. */
  const origins = new Map<string, Origin>();
  const store = createMemoryEventStore({
    ...{ types: accountEvents, source: 'billing', clock, newId },
    participant: {
      join(tx, recorded) {
        const rows: DynamoTransaction = [];
        outbox.add(rows, toOutgoing(recorded));
        tx.push(() => network.commit(rows));
        for (const { type, payload, correlationId, causationId } of recorded) {
          const { charge_id: chargeId } = payload;
          if (type === 'reversal.requested' || type === 'reversal.refused') tx.push(() => due.add(chargeId));
          if (type === 'reversal.parked' || type === 'charge.reversed') tx.push(() => due.delete(chargeId));
          if (finalFacts.includes(type)) tx.push(() => origins.delete(chargeId));
          else tx.push(() => origins.set(chargeId, { correlationId, causationId }));
        }
      },
    },
  });
  const load = async (accountId: string) => (await loadState(store, accountDecider, accountId)).state;

  function processOver(io: Io): BillingProcess {
    const ported: typeof store = {
      ...store,
      append: (...args) => io('billing.append', () => store.append(...args)),
      load: (...args) => io('billing.load', () => store.load(...args)),
      eventsOfCommand: (...args) => io('billing.eventsOfCommand', () => store.eventsOfCommand(...args)),
    };
    const handle = createCommandHandler({ store: ported, decider: accountDecider, logger: silent, random: () => 0 });
    const accounts: Accounts = {
      handle,
      load: async (accountId) => (await loadState(ported, accountDecider, accountId)).state,
      history: (accountId, page) => store.read(accountId, page) as ReturnType<Accounts['history']>,
    };
    const probe = (step: string) => io(step, () => undefined);
    const openCharges = {
      lookAfter: ({ chargeId }: { chargeId: string }) => io('billing.lookAfter', () => void due.add(chargeId)),
      find: async (_account: string, chargeId: string) => origins.get(chargeId) as never,
    };
    const desk = createChargeDesk({
      ...{ accounts, openCharges, reversalAttempts, clock, probe, logger: silent, pendingMs: 1 },
      provider: {
        charge: (request) => io('provider.charge', () => provider.charge(request)),
        refund: (request) => io('provider.refund', () => provider.refund(request)),
      },
      budget: {
        acquire: async () => ({ release: async () => undefined }) as never,
        run: (_request, work) => work(new AbortController().signal),
      },
    });
    const soon = ({ chargeId }: { chargeId: string }) => void due.add(chargeId);
    const metrics = uncounted;
    return {
      accounts,
      desk,
      handlers: createHandlers({ accounts, desk, probe }),
      settle: createSettle({ accounts, openCharges, reversalAttempts, soon, clock, metrics, logger: silent }),
    };
  }

  return {
    processOver,
    load,
    history: async (accountId: string) => (await store.load(accountId)).events,
    /** What a sweep would take up now. */
    due: () => [...due],
    /** A sweep: whoever takes a charge up has it looked after again if they die. */
    async sweep(process: BillingProcess, accountId: string, chargeId: string): Promise<void> {
      const origin = origins.get(chargeId);
      if ((await process.desk.carryOut({ accountId, chargeId }, { origin })) === 'settled') due.delete(chargeId);
      else if (findCharge(await load(accountId), chargeId)?.status === 'reversal_parked') due.delete(chargeId);
    },
    hear: async (process: BillingProcess, late: LateResult): Promise<void> => void (await process.settle(late)),
  };
}

export type Billing = ReturnType<typeof createBilling>;
