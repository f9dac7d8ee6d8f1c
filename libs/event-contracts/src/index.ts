export { domains, services, defineEvent } from './define-event.ts';
export type { Domain, EventDefinition, EventVersion, MajorKey, Service, Version } from './define-event.ts';
export { domainOf, eventCatalogue, findDefinition, newestVersion } from './catalogue.ts';
export type { EventKey, EventType, NewPayload, PayloadOf } from './catalogue.ts';
export {
  composeEnvelope,
  composeEnvelopes,
  eventKeyOf,
  makeEnvelope,
  maxEnvelopeBytes,
  parseEnvelope,
} from './envelope.ts';
export type { Envelope, EventMeta, EventOf } from './envelope.ts';
export {
  EnvelopeTooLargeError,
  InvalidPayloadError,
  PoisonMessageError,
  UnknownEventTypeError,
  poisonCodes,
} from './errors.ts';
export type { PoisonCode } from './errors.ts';
export type { BatchHandler, EventHandler, HandlerContext, HandlersFor } from './handlers.ts';
export { deadLetterQueueName, queueDefaults, queueName, queuesOf, topicName, topology } from './topology.ts';
export type { ConsumedBy } from './topology.ts';
export { decimalsOf, isCurrency } from './money/currency.domain.ts';
export type { Currency } from './money/currency.domain.ts';
export { formatAmount, parseAmount, sumOf } from './money/amount.domain.ts';
export { chargeFailed } from './billing/charge-failed.ts';
export { chargeRequested } from './billing/charge-requested.ts';
export { chargeReversed } from './billing/charge-reversed.ts';
export { chargeSucceeded } from './billing/charge-succeeded.ts';
export { orderCompleted } from './order/order-completed.ts';
export { subscriptionActivated } from './subscription/subscription-activated.ts';
export { subscriptionActivationFailed } from './subscription/subscription-activation-failed.ts';
export { subscriptionChanged } from './subscription/subscription-changed.ts';
export { userRegistered } from './user/user-registered.ts';
