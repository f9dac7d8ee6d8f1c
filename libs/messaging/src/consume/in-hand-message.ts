import type { Message } from '@aws-sdk/client-sqs';
import type { Envelope } from '@atlas/event-contracts';
import { LeaseLostError } from '../errors.ts';
import type { Lease } from '../inbox/inbox.ts';
import type { Route } from './handler-table.ts';

/** A message that was received and that this consumer has neither finished nor given back. Times are `performance.now()`. */
export interface InHandMessage {
  readonly source: Message;
  /** How often SQS has handed it out, this time included. */
  readonly receives: number;
  readonly receivedAt: number;
  /** Until when SQS surely hides it from others; moved on by the heartbeat. */
  visibleUntil: number;
  envelope: Envelope | undefined;
  route: Route | undefined;
  /** The inbox lease; undefined before the claim, and for messages that never get one. */
  lease: Lease | undefined;
  /** Until when nobody else can have the lease. */
  leaseUntil: number;
  /** Handler failures before this try. */
  failures: number;
  /** Leases of effects that are running, renewed with the message's own. */
  effects: Set<Lease> | undefined;
  /** Made when a handler first asks for its signal. */
  abort: AbortController | undefined;
  /** Why the handler has to give up, once it has to. */
  abortedBy: Error | undefined;
  /**
   * The lease is gone, and with it the right to mark or delete: `expired` when it could not be renewed in time, `taken`
   * when somebody else has it.
   */
  lost: 'expired' | 'taken' | undefined;
  /** Its handler has finished: the lease is about to end, and the heartbeat only keeps the message hidden. */
  settling: boolean;
  /** A heartbeat is under way. */
  beating: boolean;
  /** Has a slot: cleared when the handler has finished. */
  slotHeld: boolean;
  /** Its handler is running. */
  running: boolean;
}

/** What the consumer knows about a message at the moment it arrives. `hiddenUntil` is a safe lower bound. */
export function inHandMessage(source: Message, receivedAt: number, hiddenUntil: number): InHandMessage {
  return {
    source,
    receives: Number(source.Attributes?.ApproximateReceiveCount ?? 1),
    receivedAt,
    visibleUntil: hiddenUntil,
    envelope: undefined,
    route: undefined,
    lease: undefined,
    leaseUntil: hiddenUntil,
    failures: 0,
    effects: undefined,
    abort: undefined,
    abortedBy: undefined,
    lost: undefined,
    settling: false,
    beating: false,
    slotHeld: true,
    running: false,
  };
}

/** The signal that a handler listens to; it is made when somebody asks, because most handlers never do. */
export function signalOf(message: InHandMessage): AbortSignal {
  message.abort ??= new AbortController();
  if (message.abortedBy !== undefined && !message.abort.signal.aborted) message.abort.abort(message.abortedBy);
  return message.abort.signal;
}

/** Tells the handler to give up; the first reason counts. */
export function abortMessage(message: InHandMessage, reason: Error): void {
  if (message.abortedBy !== undefined) return;
  message.abortedBy = reason;
  message.abort?.abort(reason);
}

/** The lease is gone: the handler is told, and from here on this consumer neither marks nor deletes the message. */
export function loseLease(message: InHandMessage, how: 'expired' | 'taken'): void {
  message.lost = how;
  abortMessage(message, new LeaseLostError(message.lease?.key ?? idOf(message)));
}

/** The event's id, or the id that SQS gave it when no envelope could be read. */
export function idOf(message: InHandMessage): string {
  return message.envelope?.id ?? message.source.MessageId ?? 'unknown';
}

/** The trace context that the message carries, if any. */
export function traceparentOf(message: InHandMessage): string | undefined {
  return message.source.MessageAttributes?.traceparent?.StringValue;
}
