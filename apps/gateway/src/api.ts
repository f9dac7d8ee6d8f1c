import { apiKeyOperations } from './api-keys/api-key.api.ts';
import { billingOperations } from './billing/billing.api.ts';
import { openApiOperations } from './edge/openapi/openapi.api.ts';
import type { Operation } from './edge/openapi/operation.ts';
import { operationsOperations } from './edge/operations.api.ts';
import { sliceOperations } from './edge/strangler/slice.api.ts';
import { feedOperations } from './feed/feed.api.ts';
import { flagOperations } from './flags/flag.api.ts';
import { importOperations } from './imports/import.api.ts';
import { invitationOperations } from './members/invitation.api.ts';
import { memberOperations } from './members/member.api.ts';
import { orderOperations } from './orders/order.api.ts';
import { pictureOperations } from './reports/pictures.api.ts';
import { reportOperations } from './reports/reports.api.ts';
import { subscriptionOperations } from './subscriptions/subscription.api.ts';
import { tenantSettingsOperations } from './tenant-settings/tenant-settings.api.ts';
import { passwordOperations } from './tenants/password.api.ts';
import { sessionOperations } from './tenants/session.api.ts';
import { tenantOperations } from './tenants/tenant.api.ts';
import { webhookOperations } from './webhooks/webhook.api.ts';

/** Every route of the gateway as data, in the order in which a reader meets them. A test compares it with the app. */
export const operations: readonly Operation[] = [
  ...tenantOperations,
  ...sessionOperations,
  ...passwordOperations,
  ...tenantSettingsOperations,
  ...memberOperations,
  ...invitationOperations,
  ...apiKeyOperations,
  ...orderOperations,
  ...feedOperations,
  ...reportOperations,
  ...pictureOperations,
  ...webhookOperations,
  ...billingOperations,
  ...subscriptionOperations,
  ...importOperations,
  ...flagOperations,
  ...sliceOperations,
  ...openApiOperations,
  ...operationsOperations,
];
