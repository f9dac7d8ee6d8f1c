import { type AccountEvent, accountEvents } from '@atlas/billing/domain';
import { billingTableNames } from '@atlas/billing/tables';
import { createDynamoEventStore, type Recorded } from '@atlas/event-store';
import { MissingTableError } from './errors.ts';
import type { Session } from './session.ts';

const pageSize = 500;

/** Everything that has happened to the money of an account, in order, in pages. Throws MissingTableError and UnreadableEventError. */
export async function* accountHistory(session: Session, accountId: string): AsyncGenerator<Recorded<AccountEvent>[]> {
  const store = createDynamoEventStore({
    dynamo: session.documents(),
    tableName: billingTableNames(session.prefix()).events,
    ...{ kind: 'BILLING', types: accountEvents, source: 'atlas-cli', clock: session.clock, newId: session.newId },
  });
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof store.read>> = await store
      .read(accountId, { after, limit: pageSize })
      .catch((error: unknown) => explainMissingStream(error));
    yield page.events as Recorded<AccountEvent>[];
    after = page.next;
  }
}

/** Throws MissingTableError in the place of DynamoDB's own word for it, and any other error as it is. */
export function explainMissingStream(error: unknown): never {
  if ((error as Error).name !== 'ResourceNotFoundException') throw error;
  throw new MissingTableError('stream of facts', 'billing', { cause: error });
}
