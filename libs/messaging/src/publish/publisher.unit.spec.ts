import type { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { createMetrics } from '@atlas/platform';
import { captureLogs, leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { PublisherStoppedError, PublishRefusedError } from '../errors.ts';
import { createPublisher, type PublisherOptions } from './publisher.ts';
import { maxMessageBytes, type WireMessage, wireBytes } from './wire-message.ts';

type Verdict = 'accept' | 'again' | 'refuse' | 'ignore';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function message(id: string, bodyBytes = 10, domain: WireMessage['domain'] = 'order'): WireMessage {
  const attributes = { EventType: 'order.completed', EventKey: 'order.completed.v1', TenantId: 't', traceparent };
  return { domain, id, body: id.padEnd(bodyBytes, '.'), attributes, groupId: 't' };
}

/** An SNS that answers as told, and remembers what it was sent. */
function fakeSns(verdict: (id: string, seenBefore: number) => Verdict = () => 'accept') {
  const batches: { topic: string; ids: string[]; bytes: number }[] = [];
  const seen = new Map<string, number>();
  let inFlight = 0;
  let mostInFlight = 0;
  async function send({ input }: PublishBatchCommand) {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    await new Promise(setImmediate);
    inFlight -= 1;
    const entries = input.PublishBatchRequestEntries!.map((entry) => ({
      Id: entry.Id!,
      id: entry.Message!.split('.')[0]!,
    }));
    const bytes = input.PublishBatchRequestEntries!.map((entry) => wireBytes(message('', entry.Message!.length)));
    batches.push({ topic: input.TopicArn!, ids: entries.map(({ id }) => id), bytes: bytes.reduce((a, b) => a + b, 0) });
    const judged = entries.map(({ Id, id }) => {
      const before = seen.get(id) ?? 0;
      seen.set(id, before + 1);
      return { Id, verdict: verdict(id, before) };
    });
    const failed = {
      again: { Code: 'InternalFailure', SenderFault: false },
      refuse: { Code: 'InvalidParameter', SenderFault: true },
    };
    return {
      Successful: judged.filter((entry) => entry.verdict === 'accept').map(({ Id }) => ({ Id })),
      Failed: judged.flatMap(({ Id, verdict: v }) => (v === 'again' || v === 'refuse' ? [{ Id, ...failed[v] }] : [])),
    };
  }
  return { sns: { send } as unknown as SNSClient, batches, mostInFlight: () => mostInFlight };
}

function publisherFor(sns: SNSClient, options: Partial<PublisherOptions> = {}) {
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  const logs = captureLogs();
  const topicArn = (domain: string) => `arn:${domain}`;
  return {
    ...{ metrics, logs },
    publisher: createPublisher({ sns, topicArn, metrics, logger: logs.logger, ...options }),
  };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);

describe('publisher', () => {
  it('shares calls: 95 messages of one moment are ten calls, in order', async () => {
    const { sns, batches } = fakeSns();
    const { publisher, metrics } = publisherFor(sns);
    await Promise.all(ids(95).map((id) => publisher.send(message(id))));
    expect(batches.map((batch) => batch.ids.length)).toEqual([...Array(9).fill(10), 5]);
    expect(batches.flatMap((batch) => batch.ids)).toEqual(ids(95));
    expect((await metrics.published.get()).values[0]).toMatchObject({
      value: 95,
      labels: { event: 'order.completed' },
    });
  });

  it('does not wait for more when a batch is full, and not longer than it lingers when it is not', async () => {
    const { sns, batches } = fakeSns();
    const patient = publisherFor(sns, { lingerMs: 3_600_000 }).publisher;
    await Promise.all(ids(10).map((id) => patient.send(message(id))));
    expect(batches).toHaveLength(1);
    const hasty = publisherFor(sns, { lingerMs: 1 }).publisher;
    await hasty.send(message('alone'));
    expect(batches).toHaveLength(2);
  });

  it('has at most `maxInFlight` calls under way per topic', async () => {
    const { sns, mostInFlight } = fakeSns();
    const { publisher } = publisherFor(sns, { maxInFlight: 3 });
    await Promise.all(ids(200).map((id) => publisher.send(message(id))));
    expect(mostInFlight()).toBe(3);
  });

  it('sends each event to the topic of its domain', async () => {
    const { sns, batches } = fakeSns();
    const { publisher } = publisherFor(sns);
    await Promise.all([publisher.send(message('a')), publisher.send(message('b', 10, 'user'))]);
    expect(batches.map(({ topic, ids: [id] }) => `${id} ${topic}`).sort()).toEqual(['a arn:order', 'b arn:user']);
  });

  it('loses no message, sends none again that was accepted, and keeps to the limits, whatever SNS answers', async () => {
    const verdict = fc.constantFrom<Verdict>('accept', 'again', 'refuse', 'ignore');
    const plans = fc.array(
      fc.record({ bytes: fc.integer({ min: 10, max: 200_000 }), verdicts: fc.array(verdict, { maxLength: 2 }) }),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const verdictOf = (id: string, before: number): Verdict =>
          plan[Number(id.slice(1))]!.verdicts[before] ?? 'accept';
        const { sns, batches } = fakeSns(verdictOf);
        const { publisher } = publisherFor(sns, { lingerMs: 1 });
        const results = await Promise.allSettled(
          plan.map(({ bytes }, index) => publisher.send(message(`m${index}`, bytes))),
        );
        for (const batch of batches) {
          expect(batch.ids.length).toBeLessThanOrEqual(10);
          expect(batch.bytes).toBeLessThanOrEqual(maxMessageBytes);
        }
        results.forEach((result, index) => {
          const verdicts = [...plan[index]!.verdicts, 'accept'];
          const decided = verdicts.findIndex((v) => v === 'accept' || v === 'refuse');
          expect(result.status).toBe(verdicts[decided] === 'accept' ? 'fulfilled' : 'rejected');
          expect(batches.flatMap((batch) => batch.ids).filter((id) => id === `m${index}`)).toHaveLength(decided + 1);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('rejects what SNS refuses with its reason, and gives up on what it keeps failing', async () => {
    const { sns, batches } = fakeSns((id) => (id === 'bad' ? 'refuse' : 'again'));
    const { publisher, metrics } = publisherFor(sns);
    await expect(publisher.send(message('bad'))).rejects.toEqual(
      expect.objectContaining({ code: 'PUBLISH_REFUSED', eventId: 'bad', reason: 'InvalidParameter' }),
    );
    await expect(publisher.send(message('cursed'))).rejects.toMatchObject({
      code: 'PUBLISH_GAVE_UP',
      eventId: 'cursed',
    });
    expect(batches.filter((batch) => batch.ids.includes('cursed'))).toHaveLength(6);
    expect((await metrics.publishFailed.get()).values[0]!.value).toBe(7);
  });

  it('sends the others one by one when a bad message makes SNS refuse the whole call', async () => {
    const fake = fakeSns();
    const send = async (command: PublishBatchCommand) => {
      const entries = command.input.PublishBatchRequestEntries!;
      if (!entries.some((entry) => entry.Message!.startsWith('bad'))) return fake.sns.send(command);
      const refusal = Object.assign(new Error('bad character'), { $metadata: { httpStatusCode: 400 } });
      throw Object.assign(refusal, { name: 'InvalidParameterValue' });
    };
    const { publisher } = publisherFor({ send } as unknown as SNSClient);
    const results = await Promise.allSettled(['a', 'bad', 'c'].map((id) => publisher.send(message(id))));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(PublishRefusedError);
  });

  it('tells an outage from a missing topic', async () => {
    const failing = (properties: object) => {
      const send = () => Promise.reject(Object.assign(new Error('no'), properties));
      return publisherFor({ send } as unknown as SNSClient).publisher.send(message('m'));
    };
    await expect(failing({ code: 'ECONNREFUSED' })).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await expect(failing({ $metadata: { httpStatusCode: 503 } })).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
    });
    const missing = failing({ name: 'NotFoundException', $metadata: { httpStatusCode: 404 } });
    await expect(missing).rejects.toMatchObject({
      code: 'SETUP_REQUIRED',
      message: expect.stringContaining('arn:order'),
    });
    const denied = failing({ name: 'AuthorizationErrorException', $metadata: { httpStatusCode: 403 } });
    await expect(denied).rejects.toMatchObject({ code: 'SETUP_REQUIRED' });
  });

  it('drains at a stop, also what waits to be tried again, and takes nothing more', async () => {
    const { sns, batches } = fakeSns((_, before) => (before === 0 ? 'again' : 'accept'));
    const { publisher } = publisherFor(sns, { lingerMs: 3_600_000 });
    const sent = Promise.all(ids(3).map((id) => publisher.send(message(id))));
    await publisher.stop({ deadlineMs: 10_000 });
    await sent;
    expect(batches).toHaveLength(2);
    await expect(publisher.send(message('late'))).rejects.toThrow(PublisherStoppedError);
  });

  it('rejects at the deadline of a stop what has no answer yet', async () => {
    const send = (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        abortSignal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const { publisher } = publisherFor({ send } as unknown as SNSClient, { maxInFlight: 1 });
    const sent = Promise.allSettled(ids(15).map((id) => publisher.send(message(id))));
    await publisher.stop({ deadlineMs: 10 });
    const reasons = (await sent).map((result) => result.status === 'rejected' && result.reason);
    expect(reasons.every((reason) => reason instanceof PublisherStoppedError)).toBe(true);
  });
});

leakCheck();
