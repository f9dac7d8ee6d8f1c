import type { Envelope, HandlerContext } from '@atlas/event-contracts';
import { childTraceparent, type Context } from '@atlas/platform';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { type InHandMessage, signalOf, traceparentOf } from './in-hand-message.ts';
import { runOnce } from './once.ts';

/** One try of a message: what its handler is given, and what everything that it calls finds as its context. */
export interface Delivery {
  readonly context: HandlerContext;
  readonly ambient: Context;
  /** The span of this try, when one is recorded. */
  within(traceparent: string): void;
}

/** Made for every message, so what most handlers never ask for (a signal, a span id) is made when it is asked for. */
export function deliveryOf(env: ConsumerEnvironment, message: InHandMessage): Delivery {
  const envelope = message.envelope as Envelope;
  let traceparent: string | undefined;
  const span = () => (traceparent ??= childTraceparent(traceparentOf(message)));
  return {
    context: {
      attempt: message.failures + 1,
      log: env.logger,
      get signal() {
        return signalOf(message);
      },
      get traceparent() {
        return span();
      },
      once: (effect, run) => runOnce(env, message, effect, run),
    },
    ambient: {
      correlationId: envelope.correlation_id,
      causationId: envelope.id,
      tenantId: envelope.tenant_id,
      get traceparent() {
        return span();
      },
    },
    within(current) {
      traceparent = current;
    },
  };
}
