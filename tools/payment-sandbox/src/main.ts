import { createLogger, environmentFields, loadConfig, runMain } from '@atlas/platform';
import { z } from 'zod';
import { createPaymentSandbox } from './payment-sandbox.ts';

const environment = z.object({
  PAYMENT_SANDBOX_PORT: z.coerce.number().int().meta({ example: '4020' }),
  PAYMENT_SANDBOX_HOST: z.string().optional(),
  PAYMENT_SANDBOX_DIR: z.string().optional(),
  /** Where signed events go, and the secret they are signed with; both or neither. */
  PAYMENT_WEBHOOK_URL: z.url().optional(),
  PAYMENT_WEBHOOK_SECRET: z.string().optional(),
  LOG_LEVEL: environmentFields.LOG_LEVEL,
});

await runMain({
  service: 'payment-sandbox',
  start: async () => {
    const config = loadConfig(environment, process.env);
    const { PAYMENT_WEBHOOK_URL: url, PAYMENT_WEBHOOK_SECRET: secret } = config;
    const sandbox = createPaymentSandbox({
      dir: config.PAYMENT_SANDBOX_DIR,
      port: config.PAYMENT_SANDBOX_PORT,
      host: config.PAYMENT_SANDBOX_HOST,
      webhook: url === undefined || secret === undefined ? undefined : { url, secret },
      logger: createLogger({ service: 'payment-sandbox', level: config.LOG_LEVEL }),
    });
    await sandbox.start();
    return sandbox;
  },
});
