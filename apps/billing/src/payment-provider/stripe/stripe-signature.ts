import { createHash } from 'node:crypto';
import { problem } from '@atlas/platform';
import Stripe from 'stripe';

/** A webhook whose signature is right and fresh. */
export interface SignedWebhook {
  /** The body, parsed. */
  readonly event: unknown;
  /** The same for the same bytes signed at the same second, in whatever header they come again. */
  readonly fingerprint: string;
}

/**
 * Checks the `Stripe-Signature` of a raw body by each of the secrets (two while one is being rolled). Throws a 400 problem: no
 * header, no signature of ours, or signed longer ago, or further ahead, than `toleranceMs`.
 */
export function checkSignature(options: {
  body: Buffer;
  header: string | undefined;
  secrets: readonly string[];
  toleranceMs: number;
  now: number;
}): SignedWebhook {
  const { body, header, secrets, toleranceMs, now } = options;
  const signedAt = /^t=(\d{1,12}),/.exec(header ?? '')?.[1];
  if (header === undefined || signedAt === undefined || header.lastIndexOf('t=') > 0) {
    throw problem(400, 'WEBHOOK_SIGNATURE_MISSING', 'Send a Stripe-Signature header: t=<seconds>,v1=<signature>.');
  }
  const event = secrets.map((secret) => eventIfSigned(body, header, secret)).find((found) => found !== undefined);
  if (event === undefined) {
    throw problem(
      400,
      'WEBHOOK_SIGNATURE_INVALID',
      'The Stripe-Signature header is not that of this body and our secret.',
    );
  }
  if (Math.abs(now - Number(signedAt) * 1000) > toleranceMs) {
    throw problem(400, 'WEBHOOK_TOO_OLD', `The webhook was not signed within ${toleranceMs / 1000} s of now.`);
  }
  const fingerprint = createHash('sha256').update(`${signedAt}.`).update(body).digest('base64url');
  return { event, fingerprint };
}

function eventIfSigned(body: Buffer, header: string, secret: string): unknown {
  try {
    // The age is judged by the caller's clock, and in both directions.
    return Stripe.webhooks.constructEvent(body, header, secret, 0);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return undefined;
    throw problem(400, 'WEBHOOK_MALFORMED', 'The body is signed, but it is no event of Stripe.');
  }
}
