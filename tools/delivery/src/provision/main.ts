import { parseArgs } from 'node:util';
import { services } from '@atlas/event-contracts';
import { ConfigError, environmentFields, loadConfig, runMain } from '@atlas/platform';
import { z } from 'zod';
import { provision } from './provision.ts';

const environment = z.object({
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_AWS_ACCOUNT_ID: environmentFields.ATLAS_AWS_ACCOUNT_ID,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  DATABASE_URL: environmentFields.DATABASE_URL,
});

// `npm run provision [-- --plan]`, and the provisioning job of docker-compose.yml: what `npm start` does before it starts the
// apps, by the same functions.
await runMain({
  service: 'provision',
  async start() {
    const planOnly = asksForPlanOnly(process.argv.slice(2));
    const config = loadConfig(environment, process.env);
    const scope = {
      ...{ apps: services, region: config.AWS_REGION, prefix: config.ATLAS_PREFIX },
      ...{ accountId: config.ATLAS_AWS_ACCOUNT_ID, databaseUrl: config.DATABASE_URL },
    };
    process.exit(await provision(scope, { planOnly, print: (text) => void process.stdout.write(text) }));
  },
});

function asksForPlanOnly(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { plan: { type: 'boolean', default: false } } }).values.plan;
  } catch {
    throw new ConfigError('usage: provision [--plan]   --plan says what would be changed, and changes nothing');
  }
}
