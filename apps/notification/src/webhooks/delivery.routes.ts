import {
  type Idempotency,
  identityOf,
  type InTransaction,
  listQuery,
  pageOr400,
  parse,
  problem,
  type TransactItem,
} from '@atlas/platform';
import { Router } from 'express';
import { z } from 'zod';
import { ownersOnly } from './access.ts';
import type { DeliveryLog } from './delivery-log.queries.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import { endpointOf } from './endpoint.routes.ts';
import { noBody } from './endpoint.schemas.ts';
import { presentDelivery } from './presentation.ts';
import type { TestDelivery } from './test-delivery.ts';

const logQuery = listQuery.extend({ status: z.enum(['pending', 'delivered', 'failed']).optional() });

/** The delivery log of an endpoint, for members, and the test event, for owners. */
export function deliveryRoutes(deps: {
  endpoints: Endpoints;
  deliveryLog: DeliveryLog;
  testDelivery: TestDelivery;
  idempotency: Idempotency<TransactItem[]>;
  inTransaction: InTransaction;
}): Router {
  const { endpoints, deliveryLog, testDelivery, idempotency, inTransaction } = deps;
  const router = Router();

  router.get('/webhooks/endpoints/:id/deliveries', async (req, res) => {
    const { limit, cursor, status } = parse(logQuery, req.query, 'query');
    const { tenantId, endpointId } = await endpointOf(req, endpoints);
    const page = await pageOr400(deliveryLog({ tenantId, endpointId, limit, cursor, status }));
    res.json({ items: page.deliveries.map(presentDelivery), next_cursor: page.nextCursor });
  });

  router.post(
    '/webhooks/endpoints/:id/test',
    ownersOnly(),
    idempotency.route({ name: 'POST /webhooks/endpoints/:id/test', owner: identityOf }, async (req, _res, save) => {
      parse(noBody, req.body ?? {}, 'body');
      const endpoint = await endpointOf(req, endpoints);
      if (endpoint.status === 'off') throw switchedOff();
      const test = testDelivery(endpoint);
      try {
        const answer = await inTransaction((tx) => {
          tx.push(test.write);
          return save(tx, {
            status: 202,
            body: { webhook_id: test.webhookId, event_id: test.eventId, status: 'pending' },
          });
        });
        await test.deliver();
        return answer;
      } catch (error) {
        test.cancel();
        throw error;
      }
    }),
  );

  return router;
}

const switchedOff = () =>
  problem(409, 'ENDPOINT_OFF', 'The endpoint is switched off. Set its status to "active" before you test it.');
