import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { applyTopology } from './apply-topology.ts';
import { desiredTopology } from './desired-topology.ts';
import { planTopology } from './topology-plan.ts';

const desired = desiredTopology({
  ...{ region: 'eu-central-1', accountId: '000000000000', prefix: 'atlas' },
  services: ['notification'],
});
const everything = planTopology(desired, { topics: new Set(), queues: new Map(), subscriptions: [] });

/** An AWS that writes down what it is asked, and refuses every command of the name `refused`. */
function recordingAws(refused?: string) {
  const asked: string[] = [];
  const send = ({ constructor: { name } }: object) => {
    if (name === refused) return Promise.reject(new Error(`no ${name} today`));
    asked.push(name);
    return Promise.resolve({});
  };
  return { asked, clients: { sns: { send } as unknown as SNSClient, sqs: { send } as unknown as SQSClient } };
}

test('makes what something else needs before it, and a topic last, right before those who hear it', async () => {
  const { asked, clients } = recordingAws();
  await applyTopology(clients, everything);
  const [queues, topics] = [desired.queues.length, desired.topics.length];
  expect(asked).toEqual([
    ...Array.from({ length: queues }, () => 'CreateQueueCommand'),
    ...Array.from({ length: topics }, () => 'CreateTopicCommand'),
    ...Array.from({ length: desired.subscriptions.length }, () => 'SubscribeCommand'),
  ]);
});

test('makes no topic when a queue cannot be made: what is published to one that nobody hears is lost', async () => {
  const { asked, clients } = recordingAws('CreateQueueCommand');
  await expect(applyTopology(clients, everything)).rejects.toThrow('no CreateQueueCommand today');
  expect(asked).toEqual([]);
});
