import type { Secrets } from './secrets.ts';
import { postgresUrl } from './postgres.ts';

/** The port of every part and app, by name. */
export type Ports = Record<string, number>;

export const region = 'eu-central-1';
export const prefix = 'atlas';
export const operatorEmail = 'operator@atlas.example';

/** The environment that every app, tool and test of a local system reads. */
export function stackEnvironment(options: {
  ports: Ports;
  secrets: Secrets;
  mode: 'development' | 'test';
  apps: string[];
  /** What the names of its topics, queues and tables begin with. */
  prefix: string;
}): Record<string, string> {
  const { ports, secrets, mode, apps, prefix } = options;
  const url = (name: string): string => `http://127.0.0.1:${portOf(ports, name)}`;
  const appEnvironment = apps.flatMap((app) => [
    [`${app.toUpperCase()}_PORT`, String(portOf(ports, app))],
    [`${app.toUpperCase()}_URL`, url(app)],
  ]);
  return {
    NODE_ENV: mode,
    LOG_LEVEL: mode === 'test' ? 'warn' : 'info',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL: url('sqs'),
    AWS_ENDPOINT_URL_DYNAMODB: url('dynamodb'),
    ATLAS_AWS_ACCOUNT_ID: '000000000000',
    ATLAS_PREFIX: prefix,
    DATABASE_URL: postgresUrl(portOf(ports, 'postgres'), secrets.postgresPassword),
    REDIS_URL: `redis://127.0.0.1:${portOf(ports, 'redis')}`,
    SMTP_URL: `smtp://127.0.0.1:${portOf(ports, 'smtp')}`,
    MAIL_FROM: 'Atlas <no-reply@atlas.example>',
    SINK_URL: url('sink'),
    PAYMENT_SANDBOX_URL: url('payment-sandbox'),
    STRIPE_WEBHOOK_SECRETS: secrets.paymentWebhookSecret,
    // What takes minutes in the world is to be watched here.
    PAYMENT_PENDING_SECONDS: '5',
    REVERSAL_ATTEMPTS: '3',
    REVERSAL_RETRY_SECONDS: '2',
    UNRESOLVED_AFTER_SECONDS: '60',
    ...Object.fromEntries(appEnvironment),
    IDENTITY_JWKS_URL: `${url('gateway')}/.well-known/jwks.json`,
    IDENTITY_SIGNING_KEYS: JSON.stringify([secrets.identitySigningKey]),
    SESSION_SECRETS: secrets.sessionSecret,
    OPERATOR_EMAIL: operatorEmail,
    OPERATOR_PASSWORD: secrets.operatorPassword,
    WEBHOOK_ALLOWED_HOSTS: '127.0.0.1,localhost',
    // Everybody is at the same address here, and one user of a demonstration does the work of hundreds.
    SIGN_UPS_PER_HOUR: '100000',
    RATE_LIMIT_USER_PER_MINUTE: '100000',
    RATE_LIMIT_API_KEY_PER_MINUTE: '100000',
    RATE_LIMIT_ADDRESS_PER_MINUTE: '100000',
    QUEUE_WAIT_SECONDS: '2',
    QUEUE_VISIBILITY_SECONDS: '30',
  };
}

/** The chosen port of a part or app. */
export function portOf(ports: Ports, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`no port was chosen for ${name}`);
  return port;
}
