import type { Envelope } from '@atlas/event-contracts';
import { runWithContext } from '@atlas/platform';
import { type Coalescer, createCoalescer } from './coalescer.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { type Delivery, deliveryOf } from './handler-context.ts';
import type { AnyBatchHandler, Route, SingleHandler } from './handler-table.ts';
import { type InHandMessage, traceparentOf } from './in-hand-message.ts';
import type { Outcomes } from './outcomes.ts';

/** How long a batch handler waits for a fuller batch when it does not say. */
const DEFAULT_LINGER_MS = 50;

export interface Runner {
  /** Runs the handler of a claimed message, or gathers the message for its batch handler. */
  start(message: InHandMessage): void;
  /** Takes out what waits for a fuller batch and has not begun. */
  takeWaiting(): InHandMessage[];
}

/** Runs handlers, each in the context of its message; none of them waits for another. */
export function createRunner(env: ConsumerEnvironment, outcomes: Outcomes): Runner {
  // atlas-local-ok: gathers what is in hand for one call; the messages stay in SQS until they are done
  const gatherers = new Map<Route, Coalescer<InHandMessage>>();
  const gathererOf = (route: Route, handler: AnyBatchHandler) => {
    const known = gatherers.get(route);
    if (known) return known;
    const made = createCoalescer<InHandMessage>({
      maxItems: Math.max(1, Math.min(handler.maxBatch, env.maxInFlight)),
      lingerMs: handler.lingerMs ?? DEFAULT_LINGER_MS,
      send: (messages) => runBatch(env, outcomes, route, handler, messages),
    });
    gatherers.set(route, made);
    return made;
  };
  return {
    start(message) {
      const route = message.route as Route;
      if (typeof route.handler === 'function') void runSingle(env, outcomes, route, route.handler, message);
      else gathererOf(route, route.handler).add(message);
    },
    takeWaiting: () => [...gatherers.values()].flatMap((gatherer) => gatherer.take()),
  };
}

async function runSingle(
  env: ConsumerEnvironment,
  outcomes: Outcomes,
  route: Route,
  handle: SingleHandler,
  message: InHandMessage,
): Promise<void> {
  const delivery = deliveryOf(env, message);
  const startedAt = begin(env, route, message);
  try {
    await runWithContext(delivery.ambient, () => traced(env, route, message, handle, delivery));
    outcomes.handled(message);
  } catch (error) {
    outcomes.failed(message, error);
  } finally {
    end(env, route, message, startedAt);
  }
}

function traced(
  env: ConsumerEnvironment,
  route: Route,
  message: InHandMessage,
  handle: SingleHandler,
  delivery: Delivery,
): Promise<void> {
  const envelope = message.envelope as Envelope;
  if (env.telemetry === undefined) return handle(envelope, delivery.context);
  const attributes = {
    'messaging.system': 'aws_sqs',
    'messaging.operation.type': 'process',
    'messaging.destination.name': env.queueName,
    'messaging.message.id': envelope.id,
  };
  return env.telemetry.withSpan(`process ${route.key}`, attributes, traceparentOf(message), (traceparent) => {
    delivery.within(traceparent);
    return handle(envelope, delivery.context);
  });
}

/** Failed items count as failures of those messages only; an error of the whole call is one of each. */
async function runBatch(
  env: ConsumerEnvironment,
  outcomes: Outcomes,
  route: Route,
  handler: AnyBatchHandler,
  gathered: readonly InHandMessage[],
): Promise<void> {
  const messages = gathered.filter((message) => message.lost === undefined);
  for (const message of gathered) if (message.lost !== undefined) outcomes.postponed(message);
  if (messages.length === 0) return;
  const startedAt = messages.map((message) => begin(env, route, message));
  try {
    const items = messages.map((message) => ({
      event: message.envelope as Envelope,
      context: deliveryOf(env, message).context,
    }));
    const { failed } = await handler.handleBatch(items);
    const errors = new Map(failed.map(({ id, error }) => [id, error]));
    for (const message of messages) {
      const id = (message.envelope as Envelope).id;
      if (errors.has(id)) outcomes.failed(message, errors.get(id));
      else outcomes.handled(message);
    }
  } catch (error) {
    for (const message of messages) outcomes.failed(message, error);
  } finally {
    messages.forEach((message, index) => end(env, route, message, startedAt[index] as number));
  }
}

function begin(env: ConsumerEnvironment, route: Route, message: InHandMessage): number {
  message.running = true;
  const envelope = message.envelope as Envelope;
  route.meters.lagSeconds.observe(Math.max(0, (env.clock().getTime() - Date.parse(envelope.timestamp)) / 1000));
  return env.now();
}

function end(env: ConsumerEnvironment, route: Route, message: InHandMessage, startedAt: number): void {
  message.running = false;
  route.meters.handlerSeconds.observe((env.now() - startedAt) / 1000);
  env.hand.freeSlot(message);
}
