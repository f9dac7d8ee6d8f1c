import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { SHORT_CALL } from './sqs-batch.ts';

export interface DepthGauge {
  start(): void;
  stop(): void;
}

/** Shows how many messages wait in the queue and in its dead-letter queue, every `everyMs`. */
export function createDepthGauge(env: ConsumerEnvironment, everyMs: number): DepthGauge {
  const { sqs, queueUrl, deadLetterQueueUrl, metrics, logger } = env;
  let timer: NodeJS.Timeout | undefined;
  const measure = async () => {
    try {
      const [waiting, dead] = await Promise.all([depthOf(sqs, queueUrl), depthOf(sqs, deadLetterQueueUrl)]);
      metrics.queueDepth.set({ queue: env.queueName }, waiting);
      metrics.dlqDepth.set({ queue: nameOf(deadLetterQueueUrl) }, dead);
    } catch (error) {
      logger.debug({ err: error }, 'queue depths are not known at the moment');
    }
  };
  return {
    start() {
      void measure();
      timer = setInterval(() => void measure(), everyMs);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

/** Messages that wait to be received; those in flight are not counted. */
async function depthOf(sqs: ConsumerEnvironment['sqs'], queueUrl: string): Promise<number> {
  const answer = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    SHORT_CALL,
  );
  return Number(answer.Attributes?.ApproximateNumberOfMessages ?? 0);
}

function nameOf(queueUrl: string): string {
  return queueUrl.slice(queueUrl.lastIndexOf('/') + 1);
}
