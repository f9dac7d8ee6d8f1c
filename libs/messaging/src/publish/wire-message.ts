import { type Domain, domainOf, type Envelope, EnvelopeTooLargeError, eventKeyOf } from '@atlas/event-contracts';

/** SNS and SQS count the body and the names, types and values of all attributes (AWS quota of Publish, 256 KiB). */
export const maxMessageBytes = 256 * 1024;

const stringType = 'String';
const attributeNamesAndTypes = 'EventTypeEventKeyTenantIdtraceparent'.length + 4 * stringType.length;

/** What filter policies and traces read without parsing the body. */
export interface WireAttributes {
  readonly EventType: string;
  readonly EventKey: string;
  readonly TenantId: string;
  readonly traceparent: string;
}

/** One event as it goes to the topic of its domain. `groupId` lets SQS share a queue fairly between tenants. */
export interface WireMessage {
  readonly domain: Domain;
  readonly id: string;
  readonly body: string;
  readonly attributes: WireAttributes;
  readonly groupId: string;
}

/** Puts an envelope on the wire. Throws EnvelopeTooLargeError when body and attributes exceed 256 KiB. */
export function toWireMessage(envelope: Envelope, traceparent: string): WireMessage {
  const message: WireMessage = {
    domain: domainOf(envelope.event),
    id: envelope.id,
    body: wireBody(envelope),
    attributes: {
      EventType: envelope.event,
      EventKey: eventKeyOf(envelope),
      TenantId: envelope.tenant_id,
      traceparent,
    },
    groupId: envelope.tenant_id,
  };
  const bytes = wireBytes(message);
  if (bytes > maxMessageBytes) throw new EnvelopeTooLargeError(envelope.event, bytes, maxMessageBytes);
  return message;
}

/** The bytes that AWS counts for this message. Event names and traces are ASCII; a tenant's id may be anything. */
export function wireBytes({ body, attributes }: WireMessage): number {
  const { EventType, EventKey, TenantId, traceparent } = attributes;
  const ascii = attributeNamesAndTypes + EventType.length + EventKey.length + traceparent.length;
  return Buffer.byteLength(body) + ascii + Buffer.byteLength(TenantId);
}

/** The attributes in the form that the SNS and SQS clients take. */
export function awsAttributes(attributes: WireAttributes) {
  return {
    EventType: { DataType: stringType, StringValue: attributes.EventType },
    EventKey: { DataType: stringType, StringValue: attributes.EventKey },
    TenantId: { DataType: stringType, StringValue: attributes.TenantId },
    traceparent: { DataType: stringType, StringValue: attributes.traceparent },
  };
}

/**
 * The message group, when the tenant id is a valid one: at most 128 printable ASCII characters without space
 * (MessageGroupId of Publish). Fairness is not worth a refused message.
 */
export function messageGroup(groupId: string): string | undefined {
  return /^[!-~]{1,128}$/.test(groupId) ? groupId : undefined;
}

/**
 * JSON in which what SQS refuses is escaped: U+FFFE and U+FFFF, which SNS accepts and then fails to deliver, and
 * surrogates, which AWS takes but emulators of it do not. JSON readers see the same text.
 */
function wireBody(envelope: Envelope): string {
  const json = JSON.stringify(envelope);
  if (Buffer.byteLength(json) === json.length) return json;
  return json.replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
