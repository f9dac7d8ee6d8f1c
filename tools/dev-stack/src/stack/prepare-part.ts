import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileCacheOf } from '../process/compile-cache.ts';
import type { ProcessSpec } from '../process/service-process.ts';
import { prepareDynamodb } from './dynamodb.ts';
import type { PartName } from './part-names.ts';
import { preparePaymentSandbox } from './payment-sandbox.ts';
import { preparePostgres } from './postgres.ts';
import { prepareRedis } from './redis.ts';
import type { Secrets } from './secrets.ts';
import { prepareSink } from './sink.ts';
import { prepareSqsDoor } from './sqs-door.ts';
import { prepareSqs } from './sqs.ts';
import { portOf, region, type Ports } from './stack-environment.ts';

export interface Preparation {
  dir: string;
  ports: Ports;
  secrets: Secrets;
  inMemory: boolean;
  /** SNS and SQS that run already, instead of the emulator. */
  snsAndSqsUrl: string | undefined;
  onInstall: (what: string) => void;
}

/** Makes what a part needs on disk (and installs it where possible) and says how to run it. */
export async function preparePart(name: PartName, preparation: Preparation): Promise<ProcessSpec> {
  const spec = await prepare(name, preparation);
  // For those that are programs of Node.
  return { ...spec, env: { ...spec.env, NODE_COMPILE_CACHE: compileCacheOf(preparation.dir) } };
}

async function prepare(name: PartName, preparation: Preparation): Promise<ProcessSpec> {
  const { dir, ports, secrets, inMemory, snsAndSqsUrl: url, onInstall } = preparation;
  const shared = {
    dataDir: join(dir, 'data'),
    logFile: join(dir, 'logs', `${name}.log`),
    port: portOf(ports, name),
    ephemeral: inMemory,
  };
  mkdirSync(shared.dataDir, { recursive: true });
  switch (name) {
    case 'postgres':
      return preparePostgres({ ...shared, password: secrets.postgresPassword });
    case 'redis':
      return prepareRedis({ ...shared, onInstall });
    case 'sqs':
      return url ? prepareSqsDoor({ ...shared, url }) : prepareSqs({ ...shared, inMemory, region });
    case 'dynamodb':
      return prepareDynamodb(shared);
    case 'sink':
      return prepareSink({ ...shared, inMemory, smtpPort: portOf(ports, 'smtp') });
    case 'payment-sandbox': {
      // The way that a provider's webhooks take in the world: through the gateway.
      const url = `http://127.0.0.1:${portOf(ports, 'gateway')}/billing/webhooks/stripe`;
      return preparePaymentSandbox({ ...shared, inMemory, webhook: { url, secret: secrets.paymentWebhookSecret } });
    }
  }
}
