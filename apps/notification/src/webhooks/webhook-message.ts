import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** The identity of a delivery, and its `webhook-id`: the same for every try, so that a receiver can drop a repeat. */
export function webhookIdOf(eventId: string, endpointId: string): string {
  return `${eventId}.${endpointId}`;
}

/** A signing secret: `whsec_` and the base64 of 32 random bytes (Standard Webhooks asks for 24 to 64). */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The body of a webhook, made once per event: every endpoint and every try gets the same bytes. */
export function webhookBody(event: { event: string; timestamp: string; payload: unknown }): string {
  return JSON.stringify({ type: event.event, timestamp: event.timestamp, data: event.payload });
}

/**
 * The headers of one try: id, the time of this try in epoch seconds (receivers refuse old ones, so it is not the
 * event's), and one signature per secret, newest first.
 */
export function signedHeaders(
  { webhookId, body, secrets }: { webhookId: string; body: string; secrets: readonly { value: string }[] },
  now: number,
): Record<string, string> {
  const timestamp = new Date(now);
  const signatures = secrets.map(({ value }) => new Webhook(value).sign(webhookId, timestamp, body));
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Atlas-Webhooks/1.0',
    'webhook-id': webhookId,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': signatures.join(' '),
  };
}
