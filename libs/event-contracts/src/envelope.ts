import { z } from 'zod';
import {
  type EventKey,
  type EventType,
  findDefinition,
  eventCatalogue,
  newestVersion,
  type PayloadOf,
} from './catalogue.ts';
import type { EventDefinition, MajorKey, Version } from './define-event.ts';
import { EnvelopeTooLargeError, InvalidPayloadError, PoisonMessageError, UnknownEventTypeError } from './errors.ts';
import { id, instant } from './primitives.ts';

/**
 * SNS takes 256 KiB for body and attributes together (AWS quota of Publish). 1 KiB is kept for the attributes, so that
 * an envelope that is accepted here is never refused there, after its fact has been committed.
 */
export const maxEnvelopeBytes = 256 * 1024 - 1024;

const headSchema = z.object({
  id: z.guid(),
  event: z.string().min(1).max(128),
  version: z.string().max(16),
  timestamp: instant,
  source: z.string().min(1).max(64),
  tenant_id: id,
  subject: id,
  sequence: z.int().min(0),
  correlation_id: id,
  causation_id: id,
});

const envelopeSchema = headSchema.extend({ payload: z.record(z.string(), z.unknown()) });

/** What travels: the body of the SQS message, in snake_case because consumers in other languages read it. */
export type Envelope<P = Record<string, unknown>> = Omit<z.output<typeof envelopeSchema>, 'payload'> & { payload: P };

/** The envelope that a handler of this key receives. */
export type EventOf<K extends EventKey> = Envelope<PayloadOf<K>>;

/** What the maker of an event knows beside its payload. `sequence` is the version of the subject after this event. */
export interface EventMeta {
  readonly id: string;
  readonly timestamp: string;
  readonly source: string;
  readonly tenantId: string;
  readonly subject: string;
  readonly sequence: number;
  readonly correlationId: string;
  readonly causationId: string;
}

/**
 * Makes the envelope of a new event in the newest version of its newest major. Fields that the contract does not know are stripped, so that
 * private data cannot leak. Throws UnknownEventTypeError, InvalidPayloadError, or EnvelopeTooLargeError.
 */
export function makeEnvelope(type: EventType, payload: unknown, meta: EventMeta): Envelope {
  const envelope = composeEnvelope(type, payload, meta);
  const bytes = Buffer.byteLength(JSON.stringify(envelope));
  if (bytes > maxEnvelopeBytes) throw new EnvelopeTooLargeError(type, bytes, maxEnvelopeBytes);
  return envelope;
}

/** As `makeEnvelope`, but of any size: for a sender that measures what it writes, and need not write it twice. */
export function composeEnvelope(type: EventType, payload: unknown, meta: EventMeta): Envelope {
  const definition = definitionOf(type);
  return envelopeIn(newestVersion(definition), definition, payload, meta);
}

/**
 * One fact in every major that is published at the moment, newest first, all with the id of `meta`: the payload is given in
 * the newest major, the others are translated from it. Of any size. Throws UnknownEventTypeError or InvalidPayloadError.
 */
export function composeEnvelopes(type: EventType, payload: unknown, meta: EventMeta): [Envelope, ...Envelope[]] {
  const definition = definitionOf(type);
  const newest = newestVersion(definition);
  const envelope = envelopeIn(newest, definition, payload, meta);
  const majors = Object.entries(definition.current) as [MajorKey, Version][];
  const older = majors.filter(([, version]) => version !== newest);
  const translated = older.map(
    ([major, version]) => [version, translate(definition, major, envelope.payload)] as const,
  );
  return [envelope, ...translated.map(([version, said]) => envelopeIn(version, definition, said, meta))];
}

function translate(definition: EventDefinition, major: MajorKey, newest: Record<string, unknown>) {
  const translation = definition.translations?.[major];
  // The gate refuses such a contract: consumers of that major would hear nothing of this fact.
  if (!translation) throw new InvalidPayloadError(definition.type, major, [{ path: major, message: 'no translation' }]);
  return translation(newest as never);
}

function definitionOf(type: EventType): EventDefinition {
  const definition = findDefinition(type);
  if (definition) return definition;
  throw new UnknownEventTypeError(
    type,
    eventCatalogue.map((known) => known.type),
  );
}

function envelopeIn(version: Version, definition: EventDefinition, payload: unknown, meta: EventMeta): Envelope {
  const { type } = definition;
  const parsed = definition.versions[version]!.payload.safeParse(payload);
  if (!parsed.success) throw new InvalidPayloadError(type, version, issuesOf(parsed.error));
  const head = headSchema.safeParse({
    id: meta.id,
    event: type,
    version,
    timestamp: meta.timestamp,
    source: meta.source,
    tenant_id: meta.tenantId,
    subject: meta.subject,
    sequence: meta.sequence,
    correlation_id: meta.correlationId,
    causation_id: meta.causationId,
  });
  if (!head.success) throw new InvalidPayloadError(type, version, issuesOf(head.error));
  return { ...head.data, payload: parsed.data };
}

/**
 * Reads a received body. The newest minor of the message's major is what handlers get: an older minor lacks optional
 * fields only, and what a newer minor adds is ignored (tolerant reader). Throws PoisonMessageError with the reason.
 */
export function parseEnvelope(body: string): { key: EventKey; envelope: Envelope } {
  const bytes = Buffer.byteLength(body);
  if (bytes > 256 * 1024)
    throw new PoisonMessageError('TOO_LARGE', `body has ${bytes} bytes, an event has at most 262144`);
  const parsed = envelopeSchema.safeParse(parseJson(body));
  if (!parsed.success) throw new PoisonMessageError('BAD_ENVELOPE', `not an event envelope: ${summary(parsed.error)}`);
  const envelope = parsed.data;
  const definition = findDefinition(envelope.event);
  if (!definition) throw new PoisonMessageError('UNKNOWN_EVENT', `no event "${envelope.event}" in the catalogue`);
  const major = majorOf(envelope.version);
  const version: Version | undefined = major && definition.current[major];
  if (!version) {
    throw new PoisonMessageError(
      'UNKNOWN_VERSION',
      `${envelope.event} has no version "${envelope.version}"; known: ${Object.values(definition.current).join(', ')}`,
    );
  }
  const payload = definition.versions[version]!.payload.safeParse(envelope.payload);
  if (!payload.success) {
    throw new PoisonMessageError(
      'SCHEMA_VIOLATION',
      `${envelope.event} ${envelope.version}: ${summary(payload.error)}`,
    );
  }
  envelope.payload = payload.data;
  return { key: `${envelope.event}.${major}` as EventKey, envelope };
}

/** The key (type and major) of an envelope that has been made or parsed here. */
export function eventKeyOf(envelope: Pick<Envelope, 'event' | 'version'>): EventKey {
  return `${envelope.event}.${majorOf(envelope.version)}` as EventKey;
}

function majorOf(version: string): MajorKey | undefined {
  const match = /^(\d{1,4})\.\d{1,6}$/.exec(version);
  return match ? `v${Number(match[1])}` : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new PoisonMessageError('BAD_JSON', `body is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
}

function issuesOf(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map((issue) => ({ path: issue.path.join('.') || '(root)', message: issue.message }));
}

/** At most five reasons: a dead letter has room for a sentence, not for a list of 700 lines. */
function summary(error: z.ZodError): string {
  const issues = issuesOf(error);
  const shown = issues.slice(0, 5).map((issue) => `${issue.path}: ${issue.message}`);
  return issues.length > 5 ? `${shown.join('; ')}; and ${issues.length - 5} more` : shown.join('; ');
}
