import { environmentFields, loadConfig, runMain } from '@atlas/platform';
import { z } from 'zod';
import { migrate } from './migrate.ts';

// The bundle's migrate.mjs: a deployment runs it once, with the new image, before the new version starts.
await runMain({
  service: 'migrations',
  async start() {
    const { DATABASE_URL } = loadConfig(z.object({ DATABASE_URL: environmentFields.DATABASE_URL }), process.env);
    await migrate(DATABASE_URL);
    process.stdout.write('The database schema has all that this version needs.\n');
    process.exit(0);
  },
});
