import { readItem } from '@atlas/platform';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

/** Somebody who is told about the tenant's affairs. */
export interface Contact {
  readonly tenantId: string;
  readonly userId: string;
  readonly email: string;
  readonly role: 'owner' | 'member';
}

/**
 * Who the people of a tenant are, learned from `user.registered`: this service never calls back, and what happens to a
 * webhook endpoint has no event that carries an address.
 */
export interface Contacts {
  /** Repeating it changes nothing. */
  remember(contact: Contact): Promise<void>;
  owners(tenantId: string): Promise<Contact[]>;
}

const contactItem = z.object({ user_id: z.string(), email: z.string(), role: z.enum(['owner', 'member']) });

/** A mail to more owners than this helps nobody. */
const mostOwners = 20;

/** Contacts in DynamoDB: pk `TENANT#<tenant id>`, sk `<ROLE>#<user id>`. */
export function createDynamoContacts(deps: { dynamo: DynamoDBDocumentClient; tableName: string }): Contacts {
  const { dynamo, tableName } = deps;
  return {
    async remember({ tenantId, userId, email, role }) {
      const Item = { pk: `TENANT#${tenantId}`, sk: `${role.toUpperCase()}#${userId}`, user_id: userId, email, role };
      await dynamo.send(new PutCommand({ TableName: tableName, Item }));
    },
    async owners(tenantId) {
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :owner)',
          ExpressionAttributeValues: { ':pk': `TENANT#${tenantId}`, ':owner': 'OWNER#' },
          ConsistentRead: true,
          Limit: mostOwners,
        }),
      );
      return Items.map((raw) => {
        const { user_id, email, role } = readItem(contactItem, raw, 'contact');
        return { tenantId, userId: user_id, email, role };
      });
    },
  };
}
