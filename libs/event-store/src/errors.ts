/**
 * Somebody else has appended to the stream since it was loaded, or is doing so right now. Nothing was written: load again,
 * decide again, append again. The command handler does.
 */
export class VersionConflictError extends Error {
  readonly code = 'VERSION_CONFLICT';
  readonly streamId: string;
  readonly expectedVersion: number;
  constructor(streamId: string, expectedVersion: number, options?: ErrorOptions) {
    super(`stream ${streamId} is not at version ${expectedVersion} any more; load it and decide again`, options);
    this.name = 'VersionConflictError';
    this.streamId = streamId;
    this.expectedVersion = expectedVersion;
  }
}

/** This command has been accepted before; `eventsOfCommand` says what it did. Nothing was written. */
export class DuplicateCommandError extends Error {
  readonly code = 'DUPLICATE_COMMAND';
  readonly streamId: string;
  readonly commandId: string;
  constructor(streamId: string, commandId: string, options?: ErrorOptions) {
    super(`stream ${streamId} has the events of command ${commandId} already`, options);
    this.name = 'DuplicateCommandError';
    this.streamId = streamId;
    this.commandId = commandId;
  }
}

/** A write that was to be made alongside the events was refused, and with it the append. `index` counts these writes from 0. */
export class AlongsideRefusedError extends Error {
  readonly code = 'ALONGSIDE_REFUSED';
  readonly index: number;
  readonly reason: string;
  constructor(streamId: string, index: number, reason: string, options?: ErrorOptions) {
    super(`write ${index} alongside an append to stream ${streamId} was refused: ${reason}`, options);
    this.name = 'AlongsideRefusedError';
    this.index = index;
    this.reason = reason;
  }
}

/** More than one append can hold. Nothing was written; `what` names the limit, which is one of AWS's. */
export class AppendTooLargeError extends Error {
  readonly code = 'APPEND_TOO_LARGE';
  readonly what: 'writes' | 'transaction bytes' | 'item bytes';
  readonly actual: number;
  readonly limit: number;
  constructor(streamId: string, what: AppendTooLargeError['what'], actual: number, limit: number) {
    super(
      `an append to stream ${streamId} has ${actual} ${what}, and may have ${limit}. Split the command, or make its events smaller.`,
    );
    this.name = 'AppendTooLargeError';
    this.what = what;
    this.actual = actual;
    this.limit = limit;
  }
}

/** An event that its own schema does not accept, or of no known type, was about to be stored: a defect of who decided it. */
export class InvalidEventError extends Error {
  readonly code = 'INVALID_EVENT';
  constructor(type: string, reason: string) {
    super(`event ${type} cannot be stored: ${reason}`);
    this.name = 'InvalidEventError';
  }
}

/**
 * A stored event that this process cannot read, so that it must not decide anything about the stream: its type or schema
 * version is newer than this code (deploy it everywhere), or no upcaster leads to the schema of today (write one).
 */
export class UnreadableEventError extends Error {
  readonly code = 'UNREADABLE_EVENT';
  readonly streamId: string;
  readonly version: number;
  constructor(event: { streamId: string; version: number; type: string }, reason: string, options?: ErrorOptions) {
    super(`event ${event.version} (${event.type}) of stream ${event.streamId} cannot be read: ${reason}`, options);
    this.name = 'UnreadableEventError';
    this.streamId = event.streamId;
    this.version = event.version;
  }
}

/** Events of a stream are missing: somebody has deleted items of the table. */
export class StreamGapError extends Error {
  readonly code = 'STREAM_GAP';
  constructor(streamId: string, expected: number, found: number | undefined) {
    const instead = found === undefined ? 'the stream ends' : `${found} follows`;
    super(`stream ${streamId} has no version ${expected}, ${instead}. Restore the table to a point in time.`);
    this.name = 'StreamGapError';
  }
}

/** So many others append to the stream that this command did not get its turn. Nothing was written; try again later. */
export class ContendedStreamError extends Error {
  readonly code = 'CONTENDED_STREAM';
  readonly streamId: string;
  constructor(streamId: string, attempts: number, options?: ErrorOptions) {
    super(`stream ${streamId} had changed in each of ${attempts} attempts to append to it`, options);
    this.name = 'ContendedStreamError';
    this.streamId = streamId;
  }
}
