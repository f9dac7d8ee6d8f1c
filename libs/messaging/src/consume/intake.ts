import type { Message } from '@aws-sdk/client-sqs';
import { parseEnvelope } from '@atlas/event-contracts';
import { DependencyUnavailableError, probeEach } from '@atlas/platform';
import { UnknownHandlerError } from '../errors.ts';
import type { Claim } from '../inbox/inbox.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import type { Route } from './handler-table.ts';
import type { Heartbeat } from './heartbeat.ts';
import { inHandMessage, type InHandMessage } from './in-hand-message.ts';
import type { Outcomes } from './outcomes.ts';
import type { Runner } from './runner.ts';

export interface Intake {
  /** Takes over what a poll brought. `sentAt` is when that poll was sent: the queue hid the messages after that. */
  take(messages: readonly Message[], sentAt: number): void;
}

export interface IntakeParts {
  readonly routes: ReadonlyMap<string, Route>;
  readonly outcomes: Outcomes;
  readonly runner: Runner;
  readonly heartbeat: Heartbeat;
}

/** Reads what was received, claims it in one round trip to Redis, and starts what nobody else has. */
export function createIntake(env: ConsumerEnvironment, parts: IntakeParts): Intake {
  const { hand, gate, times, now, isStopping } = env;
  const { outcomes } = parts;
  return {
    take(messages, sentAt) {
      const receivedAt = now();
      const hiddenUntil = sentAt + times.visibilityMs - times.marginMs;
      const received = messages.map((message) => inHandMessage(message, receivedAt, hiddenUntil));
      for (const message of received) hand.add(message);
      if (isStopping()) return received.forEach((message) => outcomes.returned(message));
      if (gate.state === 'closed') return received.forEach((message) => outcomes.postponed(message));
      const readable = received.filter((message) => read(env, parts, message));
      void begin(env, parts, readable);
    },
  };
}

/** Reads the envelope and finds the handler; what cannot be handled is on its way to the dead-letter queue then. */
function read(env: ConsumerEnvironment, { routes, outcomes }: IntakeParts, message: InHandMessage): boolean {
  try {
    const { key, envelope } = parseEnvelope(message.source.Body ?? '');
    message.envelope = envelope;
    message.route = routes.get(key);
    if (message.route) return true;
    outcomes.poisoned(message, new UnknownHandlerError(env.inbox.service, key));
  } catch (poison) {
    outcomes.poisoned(message, poison);
  }
  return false;
}

async function begin(env: ConsumerEnvironment, parts: IntakeParts, messages: readonly InHandMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const { inbox, gate, probe } = env;
  try {
    await probeEach(probe, 'consumer.received', messages.length);
    const { until, claims } = await claim(env, parts.heartbeat, messages);
    messages.forEach((message, index) => {
      const claimed = claims[index] as Claim;
      if (claimed.state !== 'claimed') return;
      message.lease = { key: inbox.messageKey(message.envelope?.id ?? ''), fence: claimed.fence };
      message.leaseUntil = until;
      message.failures = claimed.failures;
    });
    await probeEach(probe, 'consumer.claimed', claims.filter(({ state }) => state === 'claimed').length);
    messages.forEach((message, index) => dispatch(env, parts, message, claims[index] as Claim));
  } catch (error) {
    gate.trip('work', error);
    for (const message of messages) parts.outcomes.postponed(message);
  }
}

/** One round trip for the whole batch. The leases end when the queue may show the messages again, at the latest. */
async function claim(env: ConsumerEnvironment, heartbeat: Heartbeat, messages: readonly InHandMessage[]) {
  const { inbox, times, now } = env;
  const hiddenUntil = () => Math.min(...messages.map((message) => message.visibleUntil));
  // A long poll may have used up most of the time before its messages came: start with a whole one instead.
  if (hiddenUntil() - now() < times.visibilityMs / 4) await heartbeat.extend(messages);
  const until = hiddenUntil();
  if (until <= now()) throw new DependencyUnavailableError('sqs');
  const keys = messages.map((message) => inbox.messageKey(message.envelope?.id ?? ''));
  return { until, claims: await inbox.claim(keys, until - now()) };
}

function dispatch(env: ConsumerEnvironment, parts: IntakeParts, message: InHandMessage, claimed: Claim): void {
  const { outcomes, runner } = parts;
  if (claimed.state === 'done') outcomes.known(message);
  else if (claimed.state === 'held') outcomes.held(message, heldHere(env, message) ? 0 : claimed.leftMs);
  else if (env.isStopping()) outcomes.returned(message);
  else runner.start(message);
}

/**
 * Whether this very consumer works on the event, as with both majors of a fact in one batch. Its end is near then; a lease of
 * another process may be that of a dead one, and is waited out.
 */
function heldHere({ hand }: ConsumerEnvironment, { envelope }: InHandMessage): boolean {
  for (const other of hand) if (other.lease !== undefined && other.envelope?.id === envelope?.id) return true;
  return false;
}
