import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { createDynamoClient, createSnsClient, createSqsClient, isUnreachable } from '@atlas/platform';
import { eventually } from './eventually.ts';
import { leakCheck } from './leak-check.ts';
import { stackVariable, testPrefix } from './stack.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

// How the AWS clients of @atlas/platform behave in an outage. The test is here because it needs this library's parts.
const region = 'eu-central-1';
const proxies: TcpProxy[] = [];
afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));

/** The SDK reads the endpoint from the environment when it is first used. */
async function throughProxy<T>(variable: string, connect: () => T): Promise<{ proxy: TcpProxy; client: T }> {
  const before = stackVariable(variable);
  const proxy = await startTcpProxy(before);
  proxies.push(proxy);
  process.env[variable] = proxy.url.replace(/\/$/, '');
  return { proxy, client: connect() };
}

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => new Error('expected the call to fail'),
    (thrown: unknown) => thrown,
  );
}

async function goesAndComesBack(proxy: TcpProxy, call: () => Promise<unknown>): Promise<void> {
  await call();
  await proxy.cut();
  const error = await failure(call());
  expect([isUnreachable(error), String(error)]).toEqual([true, String(error)]);
  await proxy.restore();
  await eventually(call);
}

describe('the AWS clients', () => {
  it('fail recognisably while SQS is stopped, and recover by themselves', async () => {
    const { proxy, client } = await throughProxy('AWS_ENDPOINT_URL', () => createSqsClient({ region }));
    await goesAndComesBack(proxy, () => client.send(new ListQueuesCommand({})));
    const missing = await failure(client.send(new GetQueueUrlCommand({ QueueName: testPrefix() })));
    expect([isUnreachable(missing), (missing as Error).name]).toEqual([false, 'QueueDoesNotExist']);
    client.destroy();
  });

  it('fail recognisably while SNS is stopped, and recover by themselves', async () => {
    const { proxy, client } = await throughProxy('AWS_ENDPOINT_URL', () => createSnsClient({ region }));
    await goesAndComesBack(proxy, () => client.send(new ListTopicsCommand({})));
    client.destroy();
  });

  it('fail recognisably while DynamoDB is stopped or hangs, and recover by themselves', async () => {
    const { proxy, client } = await throughProxy('AWS_ENDPOINT_URL_DYNAMODB', () => createDynamoClient({ region }));
    const call = () => client.send(new ListTablesCommand({}));
    await goesAndComesBack(proxy, call);
    proxy.freeze();
    expect(isUnreachable(await failure(call()))).toBe(true);
    await proxy.restore();
    await eventually(call);
    client.destroy();
  });
});

leakCheck();
