import { z } from 'zod';

const instant = z.iso.datetime();

const endpointReply = z
  .object({
    endpoint_id: z.string(),
    url: z.string(),
    events: z.array(z.string()),
    description: z.string().nullable(),
    status: z.enum(['active', 'off']),
    off_reason: z.enum(['owner', 'gone', 'failing']).nullable(),
    off_at: instant.nullable(),
    failing_since: instant.nullable(),
    previous_secret_expires_at: instant.nullable(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'WebhookEndpoint' });

const endpointWithSecretReply = endpointReply
  .extend({ secret: z.string().meta({ description: 'Signs the deliveries. Shown in this answer only.' }) })
  .meta({ id: 'WebhookEndpointWithSecret' });

const deliveryReply = z
  .object({
    webhook_id: z.string(),
    event_id: z.string(),
    type: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    failure_reason: z.enum(['exhausted', 'gone', 'endpoint-off']).nullable(),
    created_at: instant,
    next_attempt_at: instant.nullable().meta({ description: 'null while it is being tried, and when it has ended.' }),
    attempts: z.array(
      z.object({
        at: instant,
        duration_ms: z.number(),
        status_code: z.int().nullable(),
        error: z.string().nullable(),
        response: z.string().nullable().meta({ description: 'The beginning of what the receiver answered.' }),
      }),
    ),
  })
  .meta({ id: 'WebhookDelivery' });

const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** What the notification service answers under /webhooks. */
export const webhookReplies = {
  endpoint: endpointReply,
  endpoints: pageOf(endpointReply),
  endpointWithSecret: endpointWithSecretReply,
  deliveries: pageOf(deliveryReply),
  testAccepted: z.object({ webhook_id: z.string(), event_id: z.string(), status: z.literal('pending') }),
};
