import { type EventKey, queueDefaults } from '@atlas/event-contracts';

/** What may differ from the defaults, for tests that cannot wait 30 seconds for a message to come back. */
export interface QueueOverrides {
  readonly visibilityTimeoutSeconds?: number | undefined;
  readonly maxReceiveCount?: number | undefined;
}

/** The attributes of a service's queue: who may send to it, how long a message stays hidden, and where it ends. */
export function queueAttributes(
  arns: { queue: string; deadLetterQueue: string; topic: string },
  overrides: QueueOverrides,
): Record<string, string> {
  return {
    VisibilityTimeout: String(overrides.visibilityTimeoutSeconds ?? queueDefaults.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(queueDefaults.retentionSeconds),
    ReceiveMessageWaitTimeSeconds: String(queueDefaults.waitTimeSeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: arns.deadLetterQueue,
      maxReceiveCount: overrides.maxReceiveCount ?? queueDefaults.maxReceiveCount,
    }),
    Policy: JSON.stringify(allowTopic(arns.queue, arns.topic)),
  };
}

/** A dead letter is kept 14 days, the most that SQS allows, counted from when the message was first sent. */
export function deadLetterQueueAttributes(): Record<string, string> {
  return { MessageRetentionPeriod: String(queueDefaults.deadLetterRetentionSeconds) };
}

/** Raw delivery keeps body and attributes as they were published; the filter lets only the consumed majors through. */
export function subscriptionAttributes(eventKeys: readonly EventKey[]): Record<string, string> {
  return {
    RawMessageDelivery: 'true',
    FilterPolicyScope: 'MessageAttributes',
    FilterPolicy: JSON.stringify({ EventKey: eventKeys }),
  };
}

/** Without the condition any topic of any account could fill this queue (the "confused deputy" of AWS's IAM guide). */
function allowTopic(queueArn: string, topicArn: string): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AllowTopicToSend',
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: queueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
      },
    ],
  };
}
