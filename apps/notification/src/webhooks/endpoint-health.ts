import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type Logger, type Metrics, transactionRefusal } from '@atlas/platform';
import { feedPut } from '../feed/dynamo-feed.ts';
import type { AttemptResult } from './delivery.domain.ts';
import { noticeIdOf } from './delivery-item.ts';
import type { Deliveries } from './dynamo-deliveries.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import type { Endpoint, SwitchOffReason } from './endpoint.domain.ts';
import { judgeEndpoint } from './endpoint-health.domain.ts';

/** Writes down what tries say about endpoints, so that every replica and the owner know it. */
export interface EndpointHealthKeeper {
  /** Never rejects: the delivery is recorded, and what could not be noted now is noted by the next try. */
  note(endpoint: Endpoint, result: AttemptResult): Promise<void>;
}

/** The type of the feed entry and of the notice when an endpoint was switched off. */
export const endpointSwitchedOff = 'webhook.endpoint_switched_off';

/**
 * A keeper over the stores. Switching off, the feed entry and the notice to the owners are one transaction: the tenant
 * is told exactly when it happens.
 */
export function createEndpointHealth(deps: {
  dynamo: DynamoDBDocumentClient;
  endpoints: Endpoints;
  deliveries: Deliveries;
  feedTable: string;
  now: () => number;
  logger: Logger;
  metrics: Metrics;
}): EndpointHealthKeeper {
  const { dynamo, endpoints, deliveries, now, logger } = deps;
  const switchedOff = deps.metrics.counter('webhook_endpoints_switched_off_total', 'Endpoints switched off.', [
    'reason',
  ]);

  const switchOff = async (endpoint: Endpoint, reason: SwitchOffReason): Promise<void> => {
    const { tenantId, endpointId, url } = endpoint;
    const offAt = now();
    const notice = {
      tenantId,
      endpointId,
      eventId: noticeIdOf(offAt),
      kind: 'notice',
      eventType: endpointSwitchedOff,
    } as const;
    const entry = {
      tenantId,
      eventId: `${endpointId}.off`,
      type: endpointSwitchedOff,
      title: `Webhook endpoint switched off: ${reason === 'gone' ? 'it answered 410 Gone' : 'it failed for 5 days'}`,
      subject: endpointId,
      occurredAt: new Date(offAt).toISOString(),
      data: { endpoint_id: endpointId, url, reason },
    };
    const TransactItems = [
      endpoints.switchOff(endpoint, reason, offAt),
      { Put: feedPut(deps.feedTable, entry) },
      deliveries.insertion(notice, { dueAt: offAt }, offAt),
    ];
    try {
      await dynamo.send(new TransactWriteCommand({ TransactItems }));
      switchedOff.inc({ reason });
      logger.warn({ tenant_id: tenantId, endpoint_id: endpointId, reason }, 'webhook endpoint switched off');
    } catch (error) {
      // Another worker has done it, or its owner has just changed it.
      if (transactionRefusal(error) === undefined) throw error;
    }
  };

  return {
    async note(endpoint, result) {
      try {
        const decision = judgeEndpoint(endpoint, result, now());
        if (decision.kind === 'recovered') await endpoints.noteRecovered(endpoint);
        else if (decision.kind === 'failing') await endpoints.noteFailing(endpoint, decision.health);
        else if (decision.kind === 'switch-off') await switchOff(endpoint, decision.reason);
      } catch (error) {
        logger.warn({ err: error, endpoint_id: endpoint.endpointId }, 'health of a webhook endpoint not noted');
      }
    },
  };
}
