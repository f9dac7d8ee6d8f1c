import { topology } from '@atlas/event-contracts';
import { z } from 'zod';

/** The event types that an endpoint may choose: those that this service hears of. */
export const webhookEventTypes: readonly string[] = topology.consumers.notification.map((key) =>
  key.slice(0, key.lastIndexOf('.')),
);

const url = z
  .string()
  .max(2048)
  .refine((text) => URL.canParse(text), 'must be an absolute URL, for example https://example.com/hooks');

const events = z
  .array(z.enum(webhookEventTypes as [string, ...string[]]))
  .min(1, 'choose at least one event type')
  .refine((chosen) => new Set(chosen).size === chosen.length, 'each event type once');

const description = z.string().max(200);

/** `POST /webhooks/endpoints` */
export const newEndpoint = z.strictObject({ url, events, description: description.optional() });

/** `PATCH /webhooks/endpoints/:id`: at least one of them. */
export const endpointChange = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    status: z.enum(['active', 'off']).optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'say what to change');

/** The path of everything about one endpoint. */
export const endpointPath = z.strictObject({ id: z.string().min(1).max(64) });

/** A POST that needs no body may have an empty object as its body. */
export const noBody = z.strictObject({}).optional();
