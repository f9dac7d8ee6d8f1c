import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPaymentSandbox } from '@atlas/payment-sandbox';
import { createLogger, createMetrics } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { createCallPolicy } from './call-policy.ts';
import { paymentProviderContract, type ProviderSubject } from './payment-provider.contract.ts';
import { createProviderOverWire } from './provider-over-wire.ts';
import type { ProviderWire } from './provider-wire.ts';
import { createSandboxWire } from './sandbox/sandbox-wire.ts';
import { createStripeWire } from './stripe/stripe-wire.ts';

const logger = createLogger({ service: 'billing', level: 'silent' });
/** What never comes is waited for so long; on a busy machine an answer takes a second. */
const timeoutMs = 2_500;

interface Entry {
  status: string;
  amount_cents: number;
}

/** A provider on a wire to a sandbox of its own. */
async function subjectOn(wireTo: (url: string) => ProviderWire): Promise<ProviderSubject> {
  const dir = mkdtempSync(join(tmpdir(), 'atlas-provider-'));
  let sandbox = createPaymentSandbox({ port: 0, dir, logger });
  const { url, port } = await sandbox.start();
  const post = async (path: string, body: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    await answer.body?.cancel();
  };
  const settings = { settle_after_ms: 300, slow_ms: 500 };
  await post('/behaviour', settings);

  const wire = wireTo(url);
  const metrics = createMetrics({ service: 'billing', processMetrics: false });
  const policy = createCallPolicy({
    provider: wire.name,
    timeoutMs,
    metrics,
    logger,
    firstPauseMs: 10,
    openForMs: 100,
  });
  return {
    provider: createProviderOverWire({ wire, policy, now: () => performance.now() }),
    async ledger(chargeId) {
      const answer = await fetch(`${url}/ledger?charge_id=${chargeId}`, { headers: { connection: 'close' } });
      const { payments, refunds } = (await answer.json()) as { payments: Entry[]; refunds: Entry[] };
      const cents = (entries: Entry[], status: string) =>
        entries.filter((entry) => entry.status === status).map(({ amount_cents }) => amount_cents);
      return {
        charged: cents(payments, 'succeeded'),
        refunded: cents(refunds, 'succeeded'),
        declined: cents(payments, 'declined').length,
      };
    },
    failNext: (...failures) => post('/behaviour', { fail_next: failures }),
    forgetKeys: () => post('/forget-keys', {}),
    acceptRefunds: () => post('/behaviour', { accept_refunds: true }),
    vanish: () => sandbox.stop(),
    async restart() {
      sandbox = createPaymentSandbox({ port, dir, logger });
      await sandbox.start();
      await post('/behaviour', settings);
    },
    async stop() {
      await wire.close();
      await sandbox.stop();
      rmSync(dir, { recursive: true });
    },
  };
}

describe('the sandbox, over its own wire', () => {
  paymentProviderContract(() => subjectOn((url) => createSandboxWire({ url })));
});

describe('Stripe, by its official client', () => {
  paymentProviderContract(() => subjectOn((url) => createStripeWire({ secretKey: 'sk_test_atlas', url, timeoutMs })));
});

leakCheck();
