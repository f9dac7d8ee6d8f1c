import { type ConsumingServiceDeps, createConsumingService, type EventService } from '@atlas/messaging';
import { createDynamoIdempotencyStore, createIdempotency, createInTransaction } from '@atlas/platform';
import { createBudgets } from './budgets.ts';
import type { NotificationConfig } from './config.ts';
import { createDynamoContacts } from './contacts/dynamo-contacts.ts';
import { createDynamoFeed } from './feed/dynamo-feed.ts';
import { feedRoutes } from './feed/feed.routes.ts';
import { createHandlers } from './handlers.ts';
import { createMailDesk } from './mail/mail-desk.ts';
import { createMailer, type MailerOptions } from './mail/mailer.ts';
import { createMailRenderer } from './mail/renderer.ts';
import { notificationTableNames } from './tables.ts';
import { createAddressGuard } from './webhooks/address-guard.ts';
import { createWebhooks, type WebhooksDeps } from './webhooks/create-webhooks.ts';

/** What main.ts opens and closes again; the service only uses it. */
export interface NotificationDeps extends ConsumingServiceDeps {
  config: NotificationConfig;
  /** Only tests set these. */
  timing?: Pick<WebhooksDeps, 'attemptTimeoutMs' | 'sweepEveryMs' | 'duePageSize'> & Pick<MailerOptions, 'deferredMs'>;
}

/** Wires the service together. */
export function createApp(deps: NotificationDeps): EventService {
  const { config, redis, dynamo, logger, metrics, clock } = deps;
  const prefix = config.ATLAS_PREFIX;
  const tables = notificationTableNames(prefix);
  const now = () => clock().getTime();

  const mailer = createMailer({
    url: config.SMTP_URL,
    from: config.MAIL_FROM,
    maxConnections: config.SMTP_CONNECTIONS,
    metrics,
    now,
    deferredMs: deps.timing?.deferredMs,
  });
  const budgets = createBudgets({
    ...{ redis, prefix, logger, metrics },
    limits: { mail: config.MAIL_BUDGET, webhookHost: config.WEBHOOK_HOST_BUDGET },
  });
  const renderer = createMailRenderer();
  const mail = createMailDesk({ renderer, mailer, budget: budgets.mail });
  const feed = createDynamoFeed({ dynamo, tableName: tables.feed });
  const contacts = createDynamoContacts({ dynamo, tableName: tables.contacts });
  const store = createDynamoIdempotencyStore({ dynamo, tableName: tables.idempotency, clock });
  const webhooks = createWebhooks({
    ...deps,
    attemptTimeoutMs: config.WEBHOOK_TIMEOUT_SECONDS * 1000,
    ...deps.timing,
    tables,
    contacts,
    mail: createMailDesk({ renderer, mailer }),
    budgets,
    now,
    guard: createAddressGuard({
      allowHttp: config.NODE_ENV !== 'production',
      allowedHosts: config.WEBHOOK_ALLOWED_HOSTS,
    }),
    idempotency: createIdempotency({ store }),
    inTransaction: createInTransaction({ dynamo, idempotencyTable: tables.idempotency }),
  });

  return createConsumingService({
    ...deps,
    service: 'notification',
    listen: { port: config.NOTIFICATION_PORT, host: config.NOTIFICATION_HOST },
    tables: { ...tables },
    facts: tables.feed,
    parts: {
      handlers: createHandlers({ mail, fanOut: webhooks.fanOut, feed, contacts }),
      routers: [feedRoutes({ feed }), ...webhooks.routers],
      checks: { smtp: () => mailer.check() },
      background: webhooks,
      close: (options) => mailer.close(options),
    },
  });
}
