import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@atlas/platform';
import type { PaymentProvider } from '../payment-provider/payment-provider.ts';
import type { CommandOrigin } from './accounts.ts';
import type { ChargeDesk } from './charge-desk.ts';
import type { OpenChargeReport } from './open-charge-report.ts';
import type { DueCharge, OpenCharges } from './open-charges.ts';

/** Looks after open charges whose time has come: refused reversals, results that a provider owes, what a crash has left. */
export interface ChargeSweep {
  start(): void;
  /** Carries a charge on now, in the background, without waiting for its time. `origin`: what it belongs to, if not to the caller. */
  soon(charge: { accountId: string; chargeId: string }, origin?: CommandOrigin): void;
  /** Begins nothing more, ends what waits for the provider, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface ChargeSweepDeps {
  readonly openCharges: OpenCharges;
  readonly desk: ChargeDesk;
  readonly provider: Pick<PaymentProvider, 'check'>;
  readonly report: OpenChargeReport;
  readonly clock: () => Date;
  /** In [0, 1), so that replicas do not march in step. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly everyMs: number;
}

/** How long a replica that dies keeps a charge from the others; far longer than a call to the provider takes. */
const leaseMs = 60_000;
/** Of each shard, per sweep. More is taken by the next one, and by other replicas. */
const mostPerShard = 10;

/** A sweep that runs every `everyMs`, in as many replicas as there are: who changes a row first has its charge. */
export function createChargeSweep(deps: ChargeSweepDeps): ChargeSweep {
  const { openCharges, desk, provider, report, clock, random, logger, everyMs } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  // atlas-local-ok: the sweeps this replica has under way, to wait for at stop; the due list is in DynamoDB
  const running = new Set<Promise<void>>();
  let loop: Promise<void> | undefined;

  const track = (work: Promise<void>): Promise<void> => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
    return tracked;
  };

  /** What fails comes again when its lease has run out. */
  async function carryOn(due: DueCharge): Promise<void> {
    const charge = await openCharges.claim(due, clock().getTime() + leaseMs);
    if (!charge) return;
    const { accountId, chargeId, correlationId, causationId } = charge;
    await attempt({ accountId, chargeId }, { correlationId, causationId });
  }

  async function attempt(charge: { accountId: string; chargeId: string }, origin?: CommandOrigin): Promise<void> {
    try {
      await desk.carryOut(charge, { signal, origin });
    } catch (error) {
      if (signal.aborted) return;
      const about = { account_id: charge.accountId, charge_id: charge.chargeId };
      logger.warn({ err: error, ...about }, 'an open charge could not be carried on; it is tried again later');
    }
  }

  async function sweep(): Promise<void> {
    const due = await openCharges.due(clock().getTime(), mostPerShard);
    if (
      due.length > 0 &&
      (await provider.check().then(
        () => true,
        () => false,
      ))
    ) {
      await Promise.all(due.map((one) => track(carryOn(one))));
    }
    await report.update();
  }

  async function run(): Promise<void> {
    let down = false;
    while (!signal.aborted) {
      try {
        await sweep();
        if (down) logger.info({}, 'open charges are looked after again');
        down = false;
      } catch (error) {
        if (!down && !signal.aborted) logger.warn({ err: error }, 'open charges cannot be looked after; trying again');
        down = true;
      }
      await delay(everyMs * (0.75 + random() / 2), undefined, { signal }).catch(() => {});
    }
  }

  return {
    start() {
      loop ??= run();
    },
    soon(charge, origin) {
      if (!signal.aborted) void track(attempt(charge, origin));
    },
    async stop() {
      stopping.abort(new Error('the billing service is being stopped'));
      await loop;
      await Promise.allSettled(running);
    },
  };
}
