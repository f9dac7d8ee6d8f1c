/** A type that is not in the event catalogue. Nothing has been sent. */
export class UnknownEventTypeError extends Error {
  readonly code = 'UNKNOWN_EVENT_TYPE';
  constructor(type: string, known: readonly string[]) {
    super(
      `"${type}" is not in the event catalogue. Known: ${known.join(', ')}. Add its contract file and a catalogue line.`,
    );
    this.name = 'UnknownEventTypeError';
  }
}

/** A payload that breaks its contract. Nothing has been sent. `issues` name the path and the reason of each violation. */
export class InvalidPayloadError extends Error {
  readonly code = 'INVALID_PAYLOAD';
  readonly issues: readonly { path: string; message: string }[];
  constructor(type: string, version: string, issues: readonly { path: string; message: string }[]) {
    super(
      `payload of ${type} ${version} breaks its contract: ${issues.map((i) => `${i.path}: ${i.message}`).join('; ')}`,
    );
    this.name = 'InvalidPayloadError';
    this.issues = issues;
  }
}

/** An envelope larger than one message may be. Nothing has been sent. */
export class EnvelopeTooLargeError extends Error {
  readonly code = 'ENVELOPE_TOO_LARGE';
  readonly bytes: number;
  readonly limitBytes: number;
  constructor(type: string, bytes: number, limitBytes: number) {
    super(
      `${type} would be ${bytes} bytes, more than the ${limitBytes} that one message may have. Split the fact or shorten it.`,
    );
    this.name = 'EnvelopeTooLargeError';
    this.bytes = bytes;
    this.limitBytes = limitBytes;
  }
}

export const poisonCodes = [
  'BAD_JSON',
  'BAD_ENVELOPE',
  'UNKNOWN_EVENT',
  'UNKNOWN_VERSION',
  'SCHEMA_VIOLATION',
  'TOO_LARGE',
] as const;
export type PoisonCode = (typeof poisonCodes)[number];

/** A received message that no retry can mend: it belongs into the dead-letter queue at once, with this reason. */
export class PoisonMessageError extends Error {
  readonly code: PoisonCode;
  constructor(code: PoisonCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PoisonMessageError';
    this.code = code;
  }
}
