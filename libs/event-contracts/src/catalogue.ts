import type { z } from 'zod';
import { chargeFailed } from './billing/charge-failed.ts';
import { chargeRequested } from './billing/charge-requested.ts';
import { chargeReversed } from './billing/charge-reversed.ts';
import { chargeSucceeded } from './billing/charge-succeeded.ts';
import type { Domain, EventDefinition, MajorKey, Version } from './define-event.ts';
import { UnknownEventTypeError } from './errors.ts';
import { orderCompleted } from './order/order-completed.ts';
import { subscriptionActivated } from './subscription/subscription-activated.ts';
import { subscriptionActivationFailed } from './subscription/subscription-activation-failed.ts';
import { subscriptionChanged } from './subscription/subscription-changed.ts';
import { userRegistered } from './user/user-registered.ts';

/** Every public event of the system. A new event is a contract file and a line here. */
export const eventCatalogue = [
  userRegistered,
  orderCompleted,
  chargeRequested,
  chargeSucceeded,
  chargeFailed,
  chargeReversed,
  subscriptionActivated,
  subscriptionActivationFailed,
  subscriptionChanged,
] as const;

type Definition = (typeof eventCatalogue)[number];
type DefinitionOf<T extends EventType> = Extract<Definition, { type: T }>;
type KeysOf<D> = D extends EventDefinition ? `${D['type']}.${keyof D['current'] & MajorKey}` : never;
type PayloadOfVersion<D extends EventDefinition, V> = V extends keyof D['versions']
  ? D['versions'][V] extends { payload: infer S extends z.ZodType }
    ? z.output<S>
    : never
  : never;

export type EventType = Definition['type'];

/** Type and major, for example `order.completed.v1`: what a filter policy matches and a handler is registered for. */
export type EventKey = KeysOf<Definition>;

// By type, because a template with two `infer`s would cut at the first dot, and types have one themselves.
type SplitKey<K extends EventKey> = {
  [T in EventType]: K extends `${T}.${infer M extends MajorKey}` ? [T, M] : never;
}[EventType];

/** The payload that a handler of this key receives: the newest minor of its major. */
export type PayloadOf<K extends EventKey> =
  SplitKey<K> extends [infer T extends EventType, infer M]
    ? M extends keyof DefinitionOf<T>['current']
      ? PayloadOfVersion<DefinitionOf<T>, DefinitionOf<T>['current'][M]>
      : never
    : never;

/** The payload that a producer publishes for this type: the newest minor of the newest major. */
export type NewPayload<T extends EventType> = PayloadOf<Extract<EventKey, `${T}.${string}`>>;

const definitionsByType: ReadonlyMap<string, EventDefinition> = new Map(
  eventCatalogue.map((definition) => [definition.type, definition]),
);

/** The definition of a wire type, or undefined when the catalogue has none. */
export function findDefinition(type: string): EventDefinition | undefined {
  return definitionsByType.get(type);
}

/** The domain, and with it the topic, of a wire type. Throws UnknownEventTypeError. */
export function domainOf(type: string): Domain {
  const definition = findDefinition(type);
  if (!definition) throw new UnknownEventTypeError(type, [...definitionsByType.keys()]);
  return definition.domain;
}

/** The newest version that a producer publishes for this definition. */
export function newestVersion(definition: EventDefinition): Version {
  const majors = Object.keys(definition.current).map((key) => Number(key.slice(1)));
  return definition.current[`v${Math.max(...majors)}`] as Version;
}
