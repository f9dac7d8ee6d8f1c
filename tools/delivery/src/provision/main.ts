import { makeTables, makeTopology, migrateDatabase } from '@atlas/dev-stack/provision';
import { services } from '@atlas/event-contracts';
import { environmentFields, loadConfig, runMain } from '@atlas/platform';
import { z } from 'zod';

const environment = z.object({
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_AWS_ACCOUNT_ID: environmentFields.ATLAS_AWS_ACCOUNT_ID,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  DATABASE_URL: environmentFields.DATABASE_URL,
});

// The provisioning job of docker-compose.yml: what `npm start` does before it starts the apps, by the same functions. Running
// it again changes nothing; what somebody changed by hand is put right.
await runMain({
  service: 'provision',
  async start() {
    const config = loadConfig(environment, process.env);
    const scope = {
      ...{ apps: services, region: config.AWS_REGION, prefix: config.ATLAS_PREFIX },
      ...{ accountId: config.ATLAS_AWS_ACCOUNT_ID, databaseUrl: config.DATABASE_URL },
    };
    const say = (what: string, detail: string) => process.stdout.write(`${what}: ${detail}\n`);
    say('topics and queues', await makeTopology(scope));
    say('tables', await makeTables(scope));
    say('database schema', await migrateDatabase(scope));
    process.exit(0);
  },
});
