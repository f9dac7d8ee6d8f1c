import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

export interface ReceiveRequest {
  readonly queueUrl: string;
  /** 1 to 10 messages. */
  readonly size: number;
  readonly waitTimeSeconds: number;
  readonly visibilitySeconds: number;
  readonly signal: AbortSignal;
}

/** Receives messages with all their attributes, and with how often they have been received. */
export async function receiveMessages(sqs: SQSClient, request: ReceiveRequest): Promise<Message[]> {
  const command = new ReceiveMessageCommand({
    QueueUrl: request.queueUrl,
    MaxNumberOfMessages: request.size,
    WaitTimeSeconds: request.waitTimeSeconds,
    VisibilityTimeout: request.visibilitySeconds,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['ApproximateReceiveCount'],
  });
  const { Messages: messages = [] } = await sqs.send(command, { abortSignal: request.signal });
  return messages;
}
