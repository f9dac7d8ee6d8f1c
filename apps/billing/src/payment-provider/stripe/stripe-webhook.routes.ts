import { type Logger, type Metrics, problem } from '@atlas/platform';
import { raw, Router } from 'express';
import { ZodError } from 'zod';
import type { LateResult, PaymentProvider } from '../payment-provider.ts';
import type { ReplayGuard } from './replay-guard.ts';
import { resultIn, stripeEvent, type UnclaimedRefund } from './stripe-notice.ts';
import { checkSignature } from './stripe-signature.ts';

/** Stripe's own recommendation: five minutes. */
export const signatureToleranceMs = 300_000;
/** Events hold one object; the largest are some tens of kB. */
const largestBody = '256kb';

/** What has become of a notice: written down, known before, or about a charge that these books do not have. */
export type Settled = 'recorded' | 'known' | 'unknown_charge';

export interface StripeWebhookDeps {
  /** Any of them signs; two while one is being rolled. */
  readonly secrets: readonly string[];
  readonly replays: ReplayGuard;
  /** Takes a result into the books. It is called again with the same `noticeId` when Stripe sends an event again. */
  readonly settle: (late: LateResult) => Promise<Settled>;
  /** Whose payment was given back by hand. */
  readonly chargeOf: PaymentProvider['chargeOf'];
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * `POST /billing/webhooks/stripe`: results that come late. Who may call is decided by the signature over the raw body: no
 * session, no identity token, no JSON parser in front of it. A forged, stale or replayed one is a 4xx and leaves nothing behind.
 * Stripe's own second delivery of an event is signed anew, and is answered 200 without a second effect. A failure of ours is a 5xx,
 * after which Stripe comes again for three days.
 */
export function stripeWebhookRoutes(deps: StripeWebhookDeps): Router {
  const { secrets, replays, settle, chargeOf, now, logger, metrics } = deps;
  const taken = metrics.counter('stripe_webhooks_total', 'Webhooks of Stripe that were signed as they should be.', [
    'outcome',
  ]);
  const router = Router();

  router.post('/billing/webhooks/stripe', raw({ type: () => true, limit: largestBody }), async (req, res) => {
    const body = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    const header = req.get('stripe-signature');
    const signed = checkSignature({ body, header, secrets, toleranceMs: signatureToleranceMs, now: now() });
    const told = readResult(signed.event);
    if (!(await replays.firstTime(signed.fingerprint))) {
      throw problem(409, 'WEBHOOK_REPLAYED', 'This very webhook was received before. Stripe signs each delivery anew.');
    }
    const outcome = await take(told).catch(forgetAndFail(signed.fingerprint));
    taken.inc({ outcome });
    res.json({ received: true, outcome });
  });

  const take = async (told: Told): Promise<Settled | 'ignored'> => {
    const late = told?.about === 'unclaimed refund' ? await claim(told, chargeOf) : told;
    if (late === undefined) return 'ignored';
    const outcome = await settle(late);
    const about = {
      about: late.about,
      charge_id: late.chargeId,
      result: late.result.outcome,
      notice_id: late.noticeId,
    };
    logger.info({ event: 'stripe_webhook', outcome, ...about }, 'the payment provider has told a result');
    return outcome;
  };

  const forgetAndFail = (fingerprint: string) => async (error: unknown) => {
    taken.inc({ outcome: 'failed' });
    await replays.forget(fingerprint).catch((err: unknown) => logger.warn({ err }, 'a failed webhook is still marked'));
    throw error;
  };

  return router;
}

type Told = ReturnType<typeof resultIn>;

async function claim(
  { payment, ...told }: UnclaimedRefund,
  chargeOf: StripeWebhookDeps['chargeOf'],
): Promise<LateResult | undefined> {
  const charge = await chargeOf(payment);
  return charge && { ...told, about: 'refund', ...charge };
}

/** Throws a 400 problem for what is signed as it should be, and yet is not what Stripe sends. */
function readResult(event: unknown): Told {
  try {
    return resultIn(stripeEvent.parse(event));
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const where = error.issues[0]?.path.join('.') ?? '';
    throw problem(400, 'WEBHOOK_MALFORMED', `The body is signed, but it is no event of Stripe that we know: ${where}.`);
  }
}
