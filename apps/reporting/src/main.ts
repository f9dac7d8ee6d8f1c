import { loadConfig, openServiceClients, runMain } from '@atlas/platform';
import { v7 } from 'uuid';
import { createApp } from './app.ts';
import { configSchema } from './config.ts';

const service = 'reporting';

await runMain({
  service,
  async start(signal) {
    const config = loadConfig(configSchema, process.env);
    const { release, ...clients } = openServiceClients(service, config);
    const app = createApp({ ...clients, config, random: Math.random, newId: () => v7() });
    release.defer(service, () => app.stop());
    await app.start(signal);
    return { stop: () => release.release() };
  },
});
