import { createLogger, environmentFields, loadConfig, runMain } from '@atlas/platform';
import { z } from 'zod';
import { createSink } from './sink.ts';

const environment = z.object({
  SINK_PORT: z.coerce.number().int().meta({ example: '8025' }),
  SMTP_PORT: z.coerce.number().int().meta({ example: '1025' }),
  SINK_DIR: z.string().optional(),
  LOG_LEVEL: environmentFields.LOG_LEVEL,
});

await runMain({
  service: 'sink',
  start: async () => {
    const config = loadConfig(environment, process.env);
    const sink = createSink({
      dir: config.SINK_DIR,
      httpPort: config.SINK_PORT,
      smtpPort: config.SMTP_PORT,
      logger: createLogger({ service: 'sink', level: config.LOG_LEVEL }),
      clock: () => new Date(),
    });
    await sink.start();
    return sink;
  },
});
