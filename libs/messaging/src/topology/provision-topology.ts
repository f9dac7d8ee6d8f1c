import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { explained } from '@atlas/platform';
import { applyTopology } from './apply-topology.ts';
import { desiredTopology, type TopologyScope } from './desired-topology.ts';
import { inspectTopology } from './inspect-topology.ts';
import { planTopology, type TopologyChange } from './topology-plan.ts';

export interface ProvisionOptions extends TopologyScope {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
}

/**
 * What would have to change so that the topics, queues, dead-letter queues and subscriptions of the given services are as the
 * topology says. Changes nothing. Throws SetupError when access is denied.
 */
export async function planProvisioning(options: ProvisionOptions): Promise<TopologyChange[]> {
  const desired = desiredTopology(options);
  return explained('look at topics and queues', async () =>
    planTopology(desired, await inspectTopology(options, desired)),
  );
}

/**
 * Makes topics, queues, dead-letter queues and subscriptions be as the topology says, and returns what was changed. Running it again
 * changes nothing; what somebody changed by hand is put right. No topic and no queue is ever deleted. Throws SetupError when
 * access is denied.
 */
export async function provisionTopology(options: ProvisionOptions): Promise<TopologyChange[]> {
  const changes = await planProvisioning(options);
  await applyTopology(options, changes);
  return changes;
}
