import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { orderSummaryReply } from '../orders/order.api.ts';
import { importBody } from './import-input.ts';
import { importParams } from './import.routes.ts';

const importReply = orderSummaryReply
  .extend({ result: z.enum(['imported', 'already_imported']), tenant_id: z.uuid() })
  .meta({ id: 'ImportedOrder' });

const example = {
  order_id: '536365',
  customer: '17850',
  email: 'buyer-17850@example.com',
  currency: 'GBP',
  completed_at: '2010-12-01T08:26:00Z',
  lines: [{ sku: '85123A', qty: 6, unit_price: '2.55' }],
};

/** The route of `import.routes.ts`. */
export const importOperations = [
  operation({
    id: 'importOrder',
    method: 'post',
    path: '/operator/tenants/:tenant_id/orders',
    tag: 'Operator',
    summary: 'Import a completed order',
    description: 'Has a rate limit of its own. The completion date may lie in the past, here and nowhere else.',
    access: { roles: ['operator'] },
    params: importParams,
    // The clock decides what is in the future, which is no part of the description.
    body: importBody(() => new Date()).meta({ example }),
    idempotencyKey: true,
    responses: {
      201: { description: 'Imported.', body: importReply },
      200: { description: 'It was imported before, with the same content.', body: importReply },
    },
    problems: { 404: ['TENANT_NOT_FOUND'], 409: ['EXTERNAL_REFERENCE_CONFLICT'], 413: ['EVENT_TOO_LARGE'] },
  }),
];
