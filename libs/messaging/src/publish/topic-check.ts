import { GetTopicAttributesCommand, type SNSClient } from '@aws-sdk/client-sns';
import { type Domain, eventCatalogue, type Service } from '@atlas/event-contracts';
import { explained, type Logger, SetupError } from '@atlas/platform';
import { isMissing } from '../topology/aws-refusals.ts';

export interface TopicCheck {
  readonly sns: SNSClient;
  readonly service: Service;
  readonly topicArn: (domain: Domain) => string;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Asks once for every topic that a service publishes to, so that a wrong region, account or prefix ends the start with a
 * readable report instead of filling the outbox. Throws SetupError for those; an SNS that does not answer is an outage, and
 * the outbox will wait for it.
 */
export async function checkTopics(options: TopicCheck): Promise<void> {
  const said = eventCatalogue.filter(({ producer }) => producer === options.service);
  const domains = [...new Set(said.map(({ domain }) => domain))];
  await Promise.all(domains.map((domain) => checkTopic(options, options.topicArn(domain))));
}

async function checkTopic({ sns, logger }: TopicCheck, arn: string): Promise<void> {
  try {
    await explained(`look up topic ${arn}`, () => sns.send(new GetTopicAttributesCommand({ TopicArn: arn })));
  } catch (error) {
    if (error instanceof SetupError) throw error;
    if (isMissing(error)) {
      throw new SetupError(
        `Topic ${arn} does not exist. Create the topology first: "npm run stack" on a developer's machine, the ` +
          'infrastructure deployment elsewhere. Then check ATLAS_PREFIX, AWS_REGION and ATLAS_AWS_ACCOUNT_ID.',
        { cause: error },
      );
    }
    logger.warn({ err: error, topic: arn }, 'SNS does not answer yet, events wait in the outbox until it does');
  }
}
