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
