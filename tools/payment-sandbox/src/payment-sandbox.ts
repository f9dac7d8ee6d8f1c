import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createHttpServer, createReleaseStack, type Logger } from '@atlas/platform';
import { createBehaviour } from './behaviour.ts';
import { createSandboxApp } from './http.ts';
import type { Payment, Refund } from './ledger.domain.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { createSettlement } from './settlement.ts';
import { eventOf } from './stripe-objects.ts';
import { createWebhookSender } from './webhook-sender.ts';

export interface PaymentSandboxOptions {
  /** Where the ledger is kept; absent: in memory, gone with the process. */
  dir?: string | undefined;
  /** 0 takes any free port. */
  port: number;
  /** Default 127.0.0.1; a container passes 0.0.0.0. */
  host?: string | undefined;
  /** Who is told by signed webhooks what has happened; absent: nobody. */
  webhook?: { url: string; secret: string } | undefined;
  logger: Logger;
  clock?: () => Date;
  /** In [0, 1): which calls fail. */
  random?: () => number;
}

/** A payment provider to try things with: no money, but a ledger that survives a kill. */
export interface PaymentSandbox {
  /** Resolves once it takes calls; SetupError when the port is taken. */
  start(): Promise<{ url: string; port: number }>;
  stop(): Promise<void>;
}

const stopDeadlineMs = 500;

/** Makes a sandbox; nothing is opened before `start`. */
export function createPaymentSandbox(options: PaymentSandboxOptions): PaymentSandbox {
  const { dir, port, host, webhook, logger, clock = () => new Date(), random = Math.random } = options;
  const opened = createReleaseStack(logger);
  const newId = () => randomBytes(12).toString('hex');

  return {
    async start() {
      const behaviour = createBehaviour(random);
      const sender = webhook && createWebhookSender({ ...webhook, clock, logger });
      const path = dir === undefined ? undefined : join(dir, 'ledger.ndjson');
      // atlas-local-ok: tells the pages that look at the one sandbox
      const changes = new EventTarget();
      const settlement = createSettlement(() => ledger);
      const onEntry = (entry: Payment | Refund) => {
        changes.dispatchEvent(new Event('change'));
        if (entry.status === 'pending') settlement.await(entry.id, behaviour.current.settle_after_ms);
        const event = eventOf(entry, newId(), clock());
        if (event) sender?.send(event);
      };
      const ledger: Ledger = openLedger({ path, clock, newId, onEntry });
      opened.defer('ledger', async () => ledger.close());
      opened.defer('settlement', async () => settlement.stop());
      if (sender) opened.defer('webhooks', sender.stop);
      for (const { id, status } of [...ledger.state.payments.values(), ...ledger.state.refunds.values()]) {
        if (status === 'pending') settlement.await(id, behaviour.current.settle_after_ms);
      }

      const stopping = new AbortController();
      const app = createSandboxApp({ ledger, behaviour, changes, logger, stopping: stopping.signal });
      const server = createHttpServer({ app, port, ...(host !== undefined && { host }) });
      const address = await server.start();
      opened.defer('http', () => server.stop({ deadlineMs: stopDeadlineMs }));
      opened.defer('delays', async () => stopping.abort());
      logger.info({ url: address.url, dir }, 'the payment sandbox is ready');
      return address;
    },
    stop: opened.release,
  };
}
