export { topicArns } from './topology/arns.ts';
export type { ResourceScope } from './topology/arns.ts';
export { applyTopology } from './topology/apply-topology.ts';
export { planProvisioning, provisionTopology } from './topology/provision-topology.ts';
export type { ProvisionOptions } from './topology/provision-topology.ts';
export { describeTopologyChange, type TopologyChange } from './topology/topology-plan.ts';
export { resolveQueue } from './topology/resolve-queue.ts';
export { createEventBus } from './publish/event-bus.ts';
export type { EventBus } from './publish/event-bus.ts';
export type { OutgoingEvent, PublishMeta } from './publish/outgoing-event.ts';
export { createPublisher } from './publish/publisher.ts';
export { checkTopics } from './publish/topic-check.ts';
export type { TopicCheck } from './publish/topic-check.ts';
export type { Publisher, PublisherOptions } from './publish/publisher.ts';
export { awsAttributes, messageGroup, toWireMessage } from './publish/wire-message.ts';
export type { WireAttributes, WireMessage } from './publish/wire-message.ts';
export {
  ConsumerStoppingError,
  DomainRejectionError,
  EffectHeldError,
  LeaseLostError,
  PartialPublishError,
  PublishGaveUpError,
  PublisherStoppedError,
  PublishRefusedError,
  RetryLaterError,
  UnknownHandlerError,
  UnknownQueueError,
} from './errors.ts';
export type { EventLog } from './outbox/event-log.ts';
export { createReplay } from './outbox/replay.ts';
export type { ReplayRequest, ReplayResult } from './outbox/replay.ts';
export { createDynamoOutbox } from './dynamo-outbox/dynamo-outbox.ts';
export type { DynamoOutbox, DynamoOutboxOptions, DynamoTransaction } from './dynamo-outbox/dynamo-outbox.ts';
export { createDynamoOutboxRelay } from './dynamo-outbox/dynamo-outbox-relay.ts';
export type { DynamoOutboxRelay, DynamoOutboxRelayOptions } from './dynamo-outbox/dynamo-outbox-relay.ts';
export { listParkedInDynamo, unparkInDynamo } from './dynamo-outbox/dynamo-parked.ts';
export { createDynamoEventLog } from './dynamo-outbox/dynamo-event-log.ts';
export { dynamoOutboxTable, outboxTableName } from './dynamo-outbox/outbox-table.ts';
export { createInbox } from './inbox/inbox.ts';
export type { Claim, Failures, Inbox, InboxOptions, Lease } from './inbox/inbox.ts';
export { createConsumer } from './consume/consumer.ts';
export type { Consumer, ConsumerOptions, StopReport } from './consume/consumer.ts';
export type { HandlerTable } from './consume/handler-table.ts';
export { createServiceConsumers } from './consume/service-consumers.ts';
export type { ServiceConsumersOptions } from './consume/service-consumers.ts';
export type { Backoff } from './consume/backoff.ts';
export { createAuditLog } from './dead-letters/audit-log.ts';
export type { AuditLog, AuditRecord } from './dead-letters/audit-log.ts';
export { auditTableName, deadLetterTables } from './dead-letters/audit-table.ts';
export { DEAD_LETTER_ATTRIBUTE, readDeadLetter } from './dead-letters/dead-letter.ts';
export type { DeadLetter } from './dead-letters/dead-letter.ts';
export { createDeadLetters } from './dead-letters/dead-letters.ts';
export type { DeadLetters, DeadLettersOptions, QueueReport } from './dead-letters/dead-letters.ts';
export { RECEIVE_LIMIT_GROUP } from './dead-letters/dead-message.ts';
export type { DeadMessage } from './dead-letters/dead-message.ts';
export type { DeadLetterFilter } from './dead-letters/filter.ts';
export { forecast } from './dead-letters/forecast.ts';
export type { Forecast } from './dead-letters/forecast.ts';
export type { DeadLetterGroup } from './dead-letters/groups.ts';
export type { OperationReport, Unacceptable } from './dead-letters/tally.ts';
export type { Progress } from './dead-letters/visit-queues.ts';
export { createConsumingService } from './service/consuming-service.ts';
export type {
  ConsumingServiceConfig,
  ConsumingServiceDeps,
  ConsumingServiceOptions,
  EventService,
  ServiceParts,
} from './service/consuming-service.ts';
export { createEventService } from './service/event-service.ts';
export type { EventServiceConfig, EventServiceDeps, EventServiceOptions } from './service/event-service.ts';
