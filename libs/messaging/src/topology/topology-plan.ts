import type { Attributes, DesiredTopology } from './desired-topology.ts';
import { type AttributeChange, describeAttributeChange, driftOf } from './drift.ts';
import type { FoundTopology } from './inspect-topology.ts';

type QueueKind = 'queue' | 'dead-letter queue';

/** One thing to be done so that what is becomes what is to be. */
export type TopologyChange =
  | { readonly action: 'create'; readonly kind: 'topic'; readonly name: string }
  | { readonly action: 'create'; readonly kind: QueueKind; readonly name: string; readonly attributes: Attributes }
  | {
      readonly action: 'change';
      readonly kind: QueueKind;
      readonly name: string;
      readonly url: string;
      readonly attributes: readonly AttributeChange[];
    }
  | {
      readonly action: 'create';
      readonly kind: 'subscription';
      readonly topicArn: string;
      readonly queueArn: string;
      readonly attributes: Attributes;
    }
  | {
      readonly action: 'change';
      readonly kind: 'subscription';
      readonly arn: string;
      readonly topicArn: string;
      readonly queueArn: string;
      readonly attributes: readonly AttributeChange[];
    }
  | {
      readonly action: 'remove';
      readonly kind: 'subscription';
      readonly arn: string;
      readonly topicArn: string;
      readonly queueArn: string;
    };

/**
 * What has to be done, in words for people: created is what is missing, changed what differs, and a queue of ours is taken off a topic
 * that the topology does not let it hear. Nothing else is ever removed, and no retention shortened: a queue may hold what somebody waits for.
 */
export function planTopology(desired: DesiredTopology, found: FoundTopology): TopologyChange[] {
  return [...planTopics(desired, found), ...planQueues(desired, found), ...planSubscriptions(desired, found)];
}

function planTopics({ topics }: DesiredTopology, found: FoundTopology): TopologyChange[] {
  return topics
    .filter(({ arn }) => !found.topics.has(arn))
    .map(({ name }) => ({ action: 'create', kind: 'topic', name }));
}

function planQueues({ queues }: DesiredTopology, found: FoundTopology): TopologyChange[] {
  return queues.flatMap(({ kind, name, attributes }): TopologyChange[] => {
    const existing = found.queues.get(name);
    if (existing === undefined) return [{ action: 'create', kind, name, attributes }];
    const drift = driftOf(attributes, existing.attributes).filter((change) => !deletesMessages(change));
    return drift.length === 0 ? [] : [{ action: 'change', kind, name, url: existing.url, attributes: drift }];
  });
}

/** SQS deletes what has waited for longer than a new, shorter retention: whoever made it longer wanted to keep just that. */
const deletesMessages = ({ name, from, to }: AttributeChange): boolean =>
  name === 'MessageRetentionPeriod' && Number(from) > Number(to);

function planSubscriptions({ subscriptions }: DesiredTopology, found: FoundTopology): TopologyChange[] {
  const same = (a: { topicArn: string; queueArn: string }, b: { topicArn: string; queueArn: string }) =>
    a.topicArn === b.topicArn && a.queueArn === b.queueArn;
  const wanted = subscriptions.flatMap(({ topicArn, queueArn, attributes }): TopologyChange[] => {
    const ends = { topicArn, queueArn };
    const existing = found.subscriptions.find((each) => same(each, ends));
    if (existing === undefined) return [{ action: 'create', kind: 'subscription', ...ends, attributes }];
    const drift = driftOf(attributes, existing.attributes);
    const { arn } = existing;
    return drift.length === 0 ? [] : [{ action: 'change', kind: 'subscription', arn, ...ends, attributes: drift }];
  });
  const stale = found.subscriptions.filter((each) => !subscriptions.some((wantedOne) => same(each, wantedOne)));
  return [
    ...wanted,
    ...stale.map(({ arn, topicArn, queueArn }): TopologyChange => {
      return { action: 'remove', kind: 'subscription', arn, topicArn, queueArn };
    }),
  ];
}

/** The change in words, in two halves: what is done (`create queue`), and to what (`atlas-billing-billing-events`). */
export function describeTopologyChange(change: TopologyChange): { does: string; what: string } {
  if (change.kind !== 'subscription') {
    const detail = change.action === 'change' ? `: ${describeAttributes(change.attributes)}` : '';
    return { does: `${change.action} ${change.kind}`, what: change.name + detail };
  }
  const [queue, topic] = [change.queueArn, change.topicArn].map((arn) => arn.slice(arn.lastIndexOf(':') + 1));
  switch (change.action) {
    case 'create':
      return { does: 'subscribe', what: `${queue} to ${topic}` };
    case 'change':
      return {
        does: 'change subscription',
        what: `of ${queue} to ${topic}: ${describeAttributes(change.attributes)}`,
      };
    case 'remove':
      return { does: 'unsubscribe', what: `${queue} from ${topic}, which the topology does not let it hear` };
  }
}

const describeAttributes = (changes: readonly AttributeChange[]): string =>
  changes.map(describeAttributeChange).join('; ');
