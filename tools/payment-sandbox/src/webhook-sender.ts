import { createHmac } from 'node:crypto';
import type { Logger } from '@atlas/platform';

/** Tells a webhook endpoint what has happened, as Stripe does. */
export interface WebhookSender {
  send(event: { readonly type: string }): void;
  /** Ends waiting deliveries. */
  stop(): Promise<void>;
}

/** Stripe goes on for three days; a sandbox that is looked at for minutes need not. */
const retryAfterMs = [250, 1_000, 5_000, 30_000, 120_000];

/** Signs with `secret` (the endpoint's `whsec_…`) by the time of each try, and sends until it is answered with a 2xx, six times at most. */
export function createWebhookSender(deps: {
  url: string;
  secret: string;
  clock: () => Date;
  logger: Logger;
}): WebhookSender {
  const { url, secret, clock, logger } = deps;
  const stopping = new AbortController();
  // atlas-local-ok: what the one sandbox is sending, to stop in order
  const waiting = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const attempt = async (body: string, type: string, tries: number): Promise<void> => {
    const timestamp = Math.floor(clock().getTime() / 1000);
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${timestamp},v1=${signature}` };
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]);
    try {
      const answer = await fetch(url, { method: 'POST', body, headers, signal });
      await answer.body?.cancel();
      if (answer.ok) return;
      logger.warn({ event: 'webhook_refused', type, status: answer.status, tries }, 'the webhook was not taken');
    } catch (error) {
      logger.warn({ event: 'webhook_failed', type, err: error, tries }, 'the webhook did not arrive');
    }
    const pauseMs = retryAfterMs[tries];
    if (pauseMs === undefined || stopping.signal.aborted) return;
    const timer = setTimeout(() => {
      waiting.delete(timer);
      start(body, type, tries + 1);
    }, pauseMs);
    waiting.add(timer);
  };

  const start = (body: string, type: string, tries: number) => {
    const run = attempt(body, type, tries).finally(() => running.delete(run));
    running.add(run);
  };

  return {
    send: (event) => start(JSON.stringify(event), event.type, 0),
    async stop() {
      stopping.abort(new Error('the sandbox is being stopped'));
      for (const timer of waiting) clearTimeout(timer);
      await Promise.allSettled(running);
    },
  };
}
