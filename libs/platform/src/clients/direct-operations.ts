import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand, type PublishBatchInput } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type ReceiveMessageResult,
} from '@aws-sdk/client-sqs';
import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { DirectOperation, DirectOperations } from './direct-calls.ts';

/** The calls that a consumer makes for every ten messages. */
export const sqsOperations: DirectOperations = new Map<unknown, DirectOperation>([
  [ReceiveMessageCommand, { ...sqsOperation('ReceiveMessage'), read: readMessages }],
  [DeleteMessageBatchCommand, sqsOperation('DeleteMessageBatch')],
  [ChangeMessageVisibilityBatchCommand, sqsOperation('ChangeMessageVisibilityBatch')],
]);

/** The call that a publisher makes for every ten events. */
export const snsOperations: DirectOperations = new Map<unknown, DirectOperation>([
  [
    PublishBatchCommand,
    {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      write: (input) => writePublishBatch(input as PublishBatchInput),
      read: (xml) => ({ Successful: membersOf(xml, 'Successful'), Failed: membersOf(xml, 'Failed').map(withFault) }),
    },
  ],
]);

/** The calls of the document client that answer a user who waits. */
export const documentOperations: DirectOperations = new Map<unknown, DirectOperation>([
  [
    QueryCommand,
    {
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.Query' },
      write: (input) => writeQuery(input as QueryCommandInput),
      read: readQuery,
    },
  ],
]);

/** What is not among these is rare, and left to the SDK. */
function writeQuery({ ExpressionAttributeValues: values, ExclusiveStartKey: from, ...rest }: QueryCommandInput) {
  if (rest.KeyConditions || rest.QueryFilter) return undefined;
  return JSON.stringify({
    ...rest,
    ...(values && { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) }),
    ...(from && { ExclusiveStartKey: marshall(from, { removeUndefinedValues: true }) }),
  });
}

function readQuery(text: string): object {
  const {
    Items: items,
    LastEvaluatedKey: last,
    ...rest
  } = JSON.parse(text, hasBinary(text) ? toBytes : undefined) as WireQueryAnswer;
  return {
    ...rest,
    ...(items && { Items: items.map((item) => unmarshall(item)) }),
    ...(last && { LastEvaluatedKey: unmarshall(last) }),
  };
}

interface WireQueryAnswer {
  readonly Items?: Record<string, AttributeValue>[];
  readonly LastEvaluatedKey?: Record<string, AttributeValue>;
}

function hasBinary(text: string): boolean {
  return text.includes('"B":"') || text.includes('"BS":[');
}

/** On the wire binary values are base64. A text under `B` is one: whatever else has that name is an attribute, an object. */
function toBytes(name: string, value: unknown): unknown {
  if (name === 'B' && typeof value === 'string') return Buffer.from(value, 'base64');
  if (name === 'BS' && Array.isArray(value)) return value.map((text: string) => Buffer.from(text, 'base64'));
  return value;
}

/** AWS JSON 1.0 (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html): the wire has the shape of the SDK's types. */
function sqsOperation(name: string): DirectOperation {
  return {
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${name}` },
    write: (input) => JSON.stringify(input),
    read: (text) => JSON.parse(text) as object,
  };
}

/** But for binary values, which are base64 on the wire. */
function readMessages(text: string): object {
  const result = JSON.parse(text) as ReceiveMessageResult;
  for (const { MessageAttributes: attributes } of result.Messages ?? []) {
    for (const name in attributes) {
      const value = attributes[name] as { BinaryValue?: Uint8Array | string };
      if (typeof value.BinaryValue === 'string') value.BinaryValue = Buffer.from(value.BinaryValue, 'base64');
    }
  }
  return result;
}

/** AWS query (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). Binary attributes are left to the SDK. */
function writePublishBatch({ TopicArn = '', PublishBatchRequestEntries: entries = [] }: PublishBatchInput) {
  let form = `Action=PublishBatch&Version=2010-03-31&TopicArn=${encodeURIComponent(TopicArn)}`;
  for (const [index, entry] of entries.entries()) {
    const { MessageAttributes: attributes = {}, ...texts } = entry;
    const member = `&PublishBatchRequestEntries.member.${index + 1}.`;
    for (const [name, value] of Object.entries(texts)) {
      if (value !== undefined) form += `${member}${name}=${encodeURIComponent(value)}`;
    }
    for (const [at, [name, { DataType = '', StringValue }]] of Object.entries(attributes).entries()) {
      if (StringValue === undefined) return undefined;
      const attribute = `${member}MessageAttributes.entry.${at + 1}.`;
      form += `${attribute}Name=${encodeURIComponent(name)}${attribute}Value.DataType=${encodeURIComponent(DataType)}`;
      form += `${attribute}Value.StringValue=${encodeURIComponent(StringValue)}`;
    }
  }
  return form;
}

/** The members of one list in the answer, each as its leaves. SNS answers neither attributes nor deeper elements. */
function membersOf(xml: string, list: string): Record<string, string>[] {
  const inner = new RegExp(`<${list}>(.*?)</${list}>`, 's').exec(xml)?.[1] ?? '';
  return [...inner.matchAll(/<member>(.*?)<\/member>/gs)].map(([, member = '']) => {
    const leaves = [...member.matchAll(/<(\w+)>([^<]*)<\/\1>/g)];
    return Object.fromEntries(leaves.map(([, name, text = '']) => [name, decoded(text)]));
  });
}

function withFault(member: Record<string, string>) {
  return { ...member, SenderFault: member['SenderFault'] === 'true' };
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : parseInt(hex, 16));
  });
}
