/** What an error about one event says about it. */
interface AboutEvent {
  readonly id: string;
  readonly attributes: { readonly EventKey: string };
}

/** SNS refuses this event for what it is; sending it again cannot help. `reason` is the error code that SNS gave. */
export class PublishRefusedError extends Error {
  readonly code = 'PUBLISH_REFUSED';
  readonly eventId: string;
  readonly reason: string;
  constructor(event: AboutEvent, reason: string, detail: string, options?: ErrorOptions) {
    super(`SNS refuses ${event.attributes.EventKey} ${event.id}: ${reason} ${detail}`.trim(), options);
    this.name = 'PublishRefusedError';
    this.eventId = event.id;
    this.reason = reason;
  }
}

/** SNS answered, but did not accept this event in `tries` tries. It may be tried again later. */
export class PublishGaveUpError extends Error {
  readonly code = 'PUBLISH_GAVE_UP';
  readonly eventId: string;
  constructor(event: AboutEvent, tries: number, reason: string) {
    super(`SNS did not accept ${event.attributes.EventKey} ${event.id} in ${tries} tries: ${reason}`);
    this.name = 'PublishGaveUpError';
    this.eventId = event.id;
  }
}

/** The publisher is stopping. An event that was under way may or may not have been accepted; all others were not sent. */
export class PublisherStoppedError extends Error {
  readonly code = 'PUBLISHER_STOPPED';
  constructor() {
    super('The publisher was stopped before SNS answered.');
    this.name = 'PublisherStoppedError';
  }
}

/** Some events of one `publishAll` were not accepted; `errors` has one reason for each, `failedIds` says which. */
export class PartialPublishError extends AggregateError {
  readonly code = 'PARTIAL_PUBLISH';
  readonly failedIds: readonly string[];
  constructor(failures: readonly { id: string; error: unknown }[], total: number) {
    super(
      failures.map((failure) => failure.error),
      `${failures.length} of ${total} events were not accepted: ${failures.map((failure) => failure.id).join(', ')}`,
    );
    this.name = 'PartialPublishError';
    this.failedIds = failures.map((failure) => failure.id);
  }
}

/**
 * A handler throws this for a message that its domain will never accept, however often it comes: it is dead-lettered at
 * once, with this message as the reason. Say what would have to be different.
 *
 * @example throw new DomainRejectionError(`order ${id} has no lines`);
 */
export class DomainRejectionError extends Error {
  readonly code = 'DOMAIN_REJECTION';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DomainRejectionError';
  }
}

/**
 * A handler throws this for a message whose turn has not come, although everything answers: a third party asked to wait
 * with this one, or its budget is used up. The message comes again after `afterMs` (1 s to 12 h), it is no failure, and no
 * other message waits for it. Ten receives are the end of it, as of any message.
 */
export class RetryLaterError extends Error {
  readonly code = 'RETRY_LATER';
  readonly afterMs: number;
  constructor(message: string, afterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RetryLaterError';
    this.afterMs = afterMs;
  }
}

/** A message came to a service that has no handler for its event key: topology and handler table do not agree. */
export class UnknownHandlerError extends Error {
  readonly code = 'UNKNOWN_HANDLER';
  constructor(service: string, key: string) {
    super(`${service} has no handler for ${key}. Add one to its handler table, or take the key out of the topology.`);
    this.name = 'UnknownHandlerError';
  }
}

/** Somebody else may work on this message or effect by now: stop, and neither mark nor delete anything. */
export class LeaseLostError extends Error {
  readonly code = 'LEASE_LOST';
  constructor(key: string, options?: ErrorOptions) {
    super(`the lease on ${key} is lost; the message will be handled by who holds it, or come again`, options);
    this.name = 'LeaseLostError';
  }
}

/** Another process is running this effect right now. Not a failure: the message comes again when that lease has ended. */
export class EffectHeldError extends Error {
  readonly code = 'EFFECT_HELD';
  readonly leftMs: number;
  constructor(key: string, leftMs: number) {
    super(`${key} is being run by another process, whose lease ends in ${leftMs} ms`);
    this.name = 'EffectHeldError';
    this.leftMs = leftMs;
  }
}

/** The reason with which a handler's signal is aborted when the process must stop and the deadline has passed. */
export class ConsumerStoppingError extends Error {
  readonly code = 'CONSUMER_STOPPING';
  constructor() {
    super('the consumer has to stop now; the message is given back and comes again');
    this.name = 'ConsumerStoppingError';
  }
}

/** An operator named a queue that the topology does not have, or that does not exist. */
export class UnknownQueueError extends Error {
  readonly code = 'UNKNOWN_QUEUE';
  constructor(wanted: string, known: readonly string[]) {
    super(`There is no queue "${wanted}". Known: ${known.join(', ')}.`);
    this.name = 'UnknownQueueError';
  }
}
