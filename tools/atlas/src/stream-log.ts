import { type AccountEvent, publicEventTypes, toOutgoing } from '@atlas/billing/domain';
import { billingTableNames } from '@atlas/billing/tables';
import { composeEnvelopes, eventKeyOf, type MajorKey } from '@atlas/event-contracts';
import { type Recorded, streamIds } from '@atlas/event-store';
import { type EventLog, toWireMessage, type WireMessage } from '@atlas/messaging';
import { newTraceparent } from '@atlas/platform';
import { accountHistory, explainMissingStream } from './account-history.ts';
import { UsageError } from './errors.ts';
import type { Session } from './session.ts';

/**
 * Billing's streams as a log: facts of any age, made into events as when they were new, with their ids. An outbox forgets after
 * 90 days, a stream never does. Account by account, each in its order. Throws UsageError for an event that is not billing's.
 */
export function createStreamLog(session: Session, eventType: string): EventLog {
  if (!(publicEventTypes as readonly string[]).includes(eventType)) {
    throw new UsageError(`Only billing keeps streams. Its events: ${publicEventTypes.join(', ')}.`);
  }
  return {
    async select({ since, majors }) {
      const until = session.clock().toISOString();
      const isSelected = ({ type, timestamp }: Pick<Recorded<AccountEvent>, 'type' | 'timestamp'>) =>
        type === eventType && timestamp >= since.toISOString() && timestamp <= until;
      const accounts = await accountsOf(session);
      const pages = async function* (): AsyncGenerator<readonly WireMessage[]> {
        for (const account of accounts) {
          for await (const facts of accountHistory(session, account)) {
            yield facts.filter(isSelected).flatMap((fact) => messagesOf(fact, majors));
          }
        }
      };
      let total = 0;
      for await (const page of pages()) total += page.length;
      return { total, pages };
    },
  };
}

/** Every account that has a stream. */
async function accountsOf(session: Session): Promise<string[]> {
  const tableName = billingTableNames(session.prefix()).events;
  const accounts: string[] = [];
  try {
    for await (const id of streamIds({ dynamo: session.documents(), tableName, kind: 'BILLING' })) accounts.push(id);
  } catch (error) {
    explainMissingStream(error);
  }
  return accounts;
}

/** What was published of a fact, in the majors that are wanted of those that are published today. */
function messagesOf(fact: Recorded<AccountEvent>, majors: readonly MajorKey[] | undefined): WireMessage[] {
  return toOutgoing([fact]).flatMap(({ type, payload, meta }) => {
    const { id = fact.id, correlationId = fact.correlationId, causationId = fact.causationId, ...rest } = meta;
    const made = { ...rest, id, correlationId, causationId, timestamp: fact.timestamp, source: 'billing' };
    return composeEnvelopes(type, payload, made)
      .filter((envelope) => majors?.includes(majorOf(eventKeyOf(envelope))) ?? true)
      .map((envelope) => toWireMessage(envelope, newTraceparent()));
  });
}

const majorOf = (key: string): MajorKey => key.slice(key.lastIndexOf('.') + 1) as MajorKey;
