import { type Domain, topicName } from '@atlas/event-contracts';

/** Where the resources of one installation are. `accountId` has 12 digits; `prefix` starts every name. */
export interface ResourceScope {
  readonly region: string;
  readonly accountId: string;
  readonly prefix: string;
}

/** The ARN of each domain's topic, computed from names so that a publisher needs no look-up before its first message. */
export function topicArns(scope: ResourceScope): (domain: Domain) => string {
  const stem = `arn:${partitionOf(scope.region)}:sns:${scope.region}:${scope.accountId}`;
  return (domain) => `${stem}:${topicName(scope.prefix, domain)}`;
}

/** The ARN of a queue of this installation's account and region; `name` already carries the prefix. */
export function queueArn(scope: Omit<ResourceScope, 'prefix'>, name: string): string {
  return `arn:${partitionOf(scope.region)}:sqs:${scope.region}:${scope.accountId}:${name}`;
}

/** China and GovCloud are partitions of their own (AWS General Reference, "Amazon Resource Names"). */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
