import type { Service } from '@atlas/event-contracts';
import { createReleaseStack, type ServiceClients } from '@atlas/platform';
import { createDynamoOutbox, type DynamoOutbox } from '../dynamo-outbox/dynamo-outbox.ts';
import { createDynamoOutboxRelay } from '../dynamo-outbox/dynamo-outbox-relay.ts';
import { createPublisher, type Publisher } from '../publish/publisher.ts';
import { checkTopics } from '../publish/topic-check.ts';
import { topicArns } from '../topology/arns.ts';
import {
  type ConsumingServiceConfig,
  type ConsumingServiceDeps,
  type ConsumingServiceOptions,
  createConsumingService,
  type EventService,
  type ServiceParts,
} from './consuming-service.ts';

/** What main.ts opens and closes again; the service only uses it. */
export interface EventServiceDeps extends ConsumingServiceDeps {
  sns: ServiceClients['sns'];
}

/** What every such service reads from its environment, beside what its clients need. */
export interface EventServiceConfig extends ConsumingServiceConfig {
  readonly AWS_REGION: string;
  readonly ATLAS_AWS_ACCOUNT_ID: string;
  readonly OUTBOX_LEASE_SECONDS: number;
}

export interface EventServiceOptions<S extends Service>
  extends EventServiceDeps, Omit<ConsumingServiceOptions<S>, keyof EventServiceDeps | 'config' | 'tables' | 'parts'> {
  readonly config: EventServiceConfig;
  /** All of its tables, the outbox among them; they must exist. */
  readonly tables: Readonly<Record<string, string>> & { readonly outbox: string };
  /** Makes the rest of the service, which writes its events through `outbox`. */
  readonly parts: (made: { readonly outbox: DynamoOutbox; readonly publisher: Publisher }) => ServiceParts<S>;
}

/** For each part of the stop, in milliseconds; together with those of a consuming service below the 25 s that runMain gives it. */
const deadlines = { ownMs: 2_000, relayMs: 3_000, publisherMs: 1_000, closeMs: 1_000 };

/**
 * A service behind the gateway that keeps its facts in DynamoDB, publishes their events through an outbox there, and consumes
 * what the topology sends it. Whatever it starts it stops in reverse order.
 */
export function createEventService<S extends Service>(options: EventServiceOptions<S>): EventService {
  const { service, config, tables, dynamo, logger, metrics, clock, newId, random, probe } = options;

  const scope = { region: config.AWS_REGION, accountId: config.ATLAS_AWS_ACCOUNT_ID, prefix: config.ATLAS_PREFIX };
  const topicArn = topicArns(scope);
  const publisher = createPublisher({ sns: options.sns, topicArn, metrics, logger });
  const relay = createDynamoOutboxRelay({
    ...{ dynamo, tableName: tables.outbox, newId, random, publisher, metrics, logger, clock, probe },
    leaseMs: config.OUTBOX_LEASE_SECONDS * 1000,
  });
  const outbox = createDynamoOutbox({ source: service, clock, newId, tableName: tables.outbox, relay });
  const parts = options.parts({ outbox, publisher });

  // Events of the last request and message are published before the service is gone, so these end after both.
  const release = createReleaseStack(logger);
  const { background: own, close } = parts;
  if (close) release.defer(service, () => close({ deadlineMs: deadlines.closeMs }));
  release.defer('publisher', () => publisher.stop({ deadlineMs: deadlines.publisherMs }));
  release.defer('relay', async () => {
    const report = await relay.stop({ deadlineMs: deadlines.relayMs });
    logger.info(report, 'relay stopped');
  });
  if (own) release.defer('background', () => own.stop({ deadlineMs: deadlines.ownMs }));

  const background = {
    async start() {
      await checkTopics({ sns: options.sns, service, topicArn, logger });
      await relay.start();
      await own?.start();
    },
    // With what is closed, after the last request.
    stop: () => Promise.resolve(),
  };
  return createConsumingService({ ...options, parts: { ...parts, background, close: () => release.release() } });
}
