import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DeleteTableCommand, QueryCommand as PlainQueryCommand } from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  createDocumentClient,
  createDynamoClient,
  createSnsClient,
  createSqsClient,
  ensureTables,
  isUnreachable,
  tenantTable,
} from '@atlas/platform';
import { leakCheck } from './leak-check.ts';
import { stackVariable, testPrefix } from './stack.ts';

const region = 'eu-central-1';

describe('direct calls, to the emulator', () => {
  const sqs = createSqsClient({ region: stackVariable('AWS_REGION') });
  afterAll(() => sqs.destroy());

  it('answer what the SDK answers, binary attributes too', async () => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${testPrefix()}-direct` }));
    const bytes = Buffer.from([0, 1, 254, 255]);
    const MessageAttributes = {
      Blob: { DataType: 'Binary', BinaryValue: bytes },
      Text: { DataType: 'String', StringValue: 'Grüße' },
    };
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"a":"你好"}', MessageAttributes }));
    const receive = new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 });
    const { Messages = [], $metadata } = await sqs.send(receive);
    expect($metadata.httpStatusCode).toBe(200);
    expect(Messages).toMatchObject([{ Body: '{"a":"你好"}', MessageAttributes: { Text: { StringValue: 'Grüße' } } }]);
    expect(Buffer.from(Messages[0]!.MessageAttributes!['Blob']!.BinaryValue!).equals(bytes)).toBe(true);
    const Entries = [{ Id: '0', ReceiptHandle: Messages[0]!.ReceiptHandle }];
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(deleted.Successful).toEqual([{ Id: '0' }]);
  });

  it('have typed errors', async () => {
    const QueueUrl = `${stackVariable('AWS_ENDPOINT_URL')}/000000000000/${testPrefix()}-nowhere`;
    await expect(sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      $fault: 'client',
    });
  });
});

describe('direct queries of DynamoDB, to the emulator', () => {
  const dynamo = createDynamoClient({ region: stackVariable('AWS_REGION') });
  const documents = createDocumentClient(dynamo);
  const TableName = `${testPrefix()}-direct`;
  afterAll(async () => {
    await dynamo.send(new DeleteTableCommand({ TableName }));
    dynamo.destroy();
  });

  it('answer what the SDK answers: every type, pages, and typed errors', async () => {
    await ensureTables(dynamo, [tenantTable(TableName)]);
    const item = {
      pk: 'TENANT#1',
      ...{ text: 'Grüße 你好 "B":"', number: -1.5, yes: true, nothing: null, empty: '' },
      ...{ bytes: Buffer.from([0, 1, 254, 255]), texts: new Set(['a', 'b']), numbers: new Set([1, 2]) },
      ...{
        blobs: new Set([Buffer.from([7])]),
        list: [1, ['x', { B: 'text', BS: ['text'] }]],
        B: { S: 'n' },
        gone: undefined,
      },
    };
    for (const sk of ['1', '2', '3']) await documents.send(new PutCommand({ TableName, Item: { ...item, sk } }));
    const page = (ExclusiveStartKey?: Record<string, unknown>) =>
      new QueryCommand({
        ...{ TableName, ExclusiveStartKey, Limit: 2, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' },
        KeyConditionExpression: 'pk = :pk AND sk > :sk',
        FilterExpression: '#number < :limit AND #bytes = :bytes',
        ExpressionAttributeNames: { '#number': 'number', '#bytes': 'bytes' },
        ExpressionAttributeValues: {
          ':pk': 'TENANT#1',
          ':sk': '',
          ':limit': 0,
          ':bytes': item.bytes,
          ':gone': undefined,
        },
      });
    const bySdk = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
    for (const from of [undefined, { pk: 'TENANT#1', sk: '2' }]) {
      const [expected, directly] = [await bySdk.send(page(from)), await documents.send(page(from))];
      expect({ ...directly, $metadata: undefined }).toEqual({ ...expected, $metadata: undefined });
      expect(directly.Items).toHaveLength(from ? 1 : 2);
    }
    // The client's own command is called the same, and says its types itself.
    const plain = new PlainQueryCommand({
      ...{ TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'TENANT#1' } } },
    });
    const requests = jest.spyOn(documents.config.requestHandler, 'handle');
    expect((await documents.send(plain)).Items).toHaveLength(3);
    expect(requests).toHaveBeenCalledTimes(1);
    const nowhere = new QueryCommand({ ...page().input, TableName: `${TableName}-nowhere` });
    await expect(documents.send(nowhere)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $fault: 'client',
    });
  });
});

describe('direct calls, when something goes wrong', () => {
  let server: Server;
  let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  let seen: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  const endpoint = process.env['AWS_ENDPOINT_URL'];

  beforeEach(async () => {
    answers = [];
    seen = [];
    server = createServer(async (request, response) => {
      seen.push({ headers: request.headers, body: await text(request) });
      (answers.shift() ?? (() => response.end('{}')))(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    process.env['AWS_ENDPOINT_URL'] = endpoint;
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const json = (status: number, body: object) => (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  const xml = (body: string) => (_request: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
  const broken = (request: IncomingMessage) => void request.socket.destroy();
  const receive = new ReceiveMessageCommand({ QueueUrl: 'http://127.0.0.1/queue' });

  /** A client that knows its address, and what it has sent since. */
  async function warm() {
    const sqs = createSqsClient({ region });
    answers.push(json(200, { QueueUrl: 'http://127.0.0.1/queue' }));
    await sqs.send(new GetQueueUrlCommand({ QueueName: 'queue' }));
    seen.length = 0;
    return sqs;
  }
  const direct = () => seen.map(({ headers }) => headers['user-agent'] === undefined);

  it('are signed, and made by the SDK at first only', async () => {
    const sqs = createSqsClient({ region });
    await sqs.send(receive);
    await sqs.send(receive);
    expect(direct()).toEqual([false, true]);
    expect(seen[1]).toMatchObject({
      body: '{"QueueUrl":"http://127.0.0.1/queue"}',
      headers: {
        'x-amz-target': 'AmazonSQS.ReceiveMessage',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 .*SignedHeaders=content-type;host;x-amz-date;x-amz-target,/,
        ),
      },
    });
    sqs.destroy();
  });

  it.each([
    ['a server error', json(500, { __type: 'InternalFailure' })],
    ['throttling', json(400, { __type: 'com.amazonaws.sqs#RequestThrottled' })],
    ['a connection that breaks', broken],
  ])('leave %s to the SDK, which tries again', async (_name, failure) => {
    const sqs = await warm();
    answers.push(failure, failure, json(200, { Messages: [{ Body: 'there' }] }));
    await expect(sqs.send(receive)).resolves.toMatchObject({ Messages: [{ Body: 'there' }] });
    expect(direct()).toEqual([true, false, false]);
    sqs.destroy();
  });

  it('say that a service is out of reach', async () => {
    const sqs = await warm();
    answers.push(broken, broken, broken, broken);
    const error: unknown = await sqs.send(receive).catch((reason: unknown) => reason);
    expect(isUnreachable(error)).toBe(true);
    sqs.destroy();
  });

  it('end with their signal and with their time', async () => {
    const sqs = await warm();
    const silent = () => {};
    answers.push(silent, silent);
    const abort = new AbortController();
    const aborted = sqs.send(receive, { abortSignal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    await expect(sqs.send(receive, { requestTimeout: 100 })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(direct()).toEqual([true, true]);
    sqs.destroy();
  });

  it('tell which entries of a publish were refused, and why', async () => {
    const sns = createSnsClient({ region });
    const entry = (Id: string, Message: string) => ({
      ...{ Id, Message, MessageGroupId: 'tenant & co' },
      MessageAttributes: { EventType: { DataType: 'String', StringValue: 'order.completed' } },
    });
    const command = new PublishBatchCommand({
      TopicArn: 'arn:aws:sns:eu-central-1:000000000000:topic',
      PublishBatchRequestEntries: [entry('0', '{"name":"Grüße & Söhne + 1 = 100 %"}'), entry('1', 'second')],
    });
    const answer = xml(`<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>
      <Successful><member><MessageId>a-1</MessageId><Id>0</Id></member></Successful>
      <Failed><member><Id>1</Id><Code>InvalidParameter</Code><Message>&lt;no&gt; &amp; never &#x2713;</Message><SenderFault>true</SenderFault></member></Failed>
      </PublishBatchResult></PublishBatchResponse>`);
    answers.push(answer, answer);
    const bySdk = await sns.send(command);
    const directly = await sns.send(command);
    expect({ ...directly, $metadata: undefined }).toEqual({ ...bySdk, $metadata: undefined });
    expect(directly.Failed).toEqual([
      { Id: '1', Code: 'InvalidParameter', Message: '<no> & never ✓', SenderFault: true },
    ]);
    expect(direct()).toEqual([false, true]);
    expect(fieldsOf(seen[1]!.body)).toEqual(fieldsOf(seen[0]!.body));
    sns.destroy();
  });

  const fieldsOf = (form: string) => Object.fromEntries(new URLSearchParams(form));
});

leakCheck();
