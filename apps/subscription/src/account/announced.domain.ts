import { type Account, type AccountEvent, evolve } from './account.domain.ts';

/** What others are told: an event of a contract, which publishing parses, so that private fields stay here. */
export type PublicEvent = Extract<AccountEvent, { type: `subscription.${string}` }>;

export interface Announcement {
  readonly event: PublicEvent;
  /** What the event is about: a subscription, or the charge that did not become one. */
  readonly subject: string;
  /** The version of the subject after the event. */
  readonly sequence: number;
}

/** The public ones of the events that were decided about an account, in order. */
export function announce(before: Account, events: readonly AccountEvent[]): Announcement[] {
  const announcements: Announcement[] = [];
  let account = before;
  for (const event of events) {
    account = evolve(account, event);
    if (event.type === 'subscription.activation_failed') {
      // A charge has one outcome for ever, so there is only one version of it.
      announcements.push({ event, subject: event.payload.charge_id, sequence: 1 });
    } else if (event.type === 'subscription.activated' || event.type === 'subscription.changed') {
      announcements.push({ event, subject: event.payload.subscription_id, sequence: account.subscription!.version });
    }
  }
  return announcements;
}
