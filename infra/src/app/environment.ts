import type { Service } from '@atlas/event-contracts';
import { settingsOf } from '../apps.ts';
import type { DescribedApp } from '../described-apps.ts';
import type { Stage } from '../stages.ts';

export interface AppEnvironment {
  readonly plain: Readonly<Record<string, string>>;
  /** Fields of the app's own secret. */
  readonly ownSecrets: readonly string[];
  readonly usesPostgres: boolean;
  readonly usesRedis: boolean;
}

/**
 * The environment of an app in AWS, of what its `config.ts` asks for. Throws when a required variable is given by nobody, or
 * something is given that it does not read: a deployment that cannot start is found here, not by its roll-back.
 */
export function environmentOf(
  app: DescribedApp,
  {
    stage,
    accountId,
    urlOf,
    apps,
  }: {
    stage: Stage;
    accountId: string;
    urlOf: (app: Service) => string;
    apps: readonly Service[];
  },
): AppEnvironment {
  const { port, secrets, environment } = settingsOf(app.name);
  const reads = new Map(app.environment.map((variable) => [variable.name, variable]));
  const offered: Record<string, string> = {
    ...{ NODE_ENV: 'production', LOG_LEVEL: 'info', AWS_REGION: stage.region, ATLAS_PREFIX: stage.prefix },
    ATLAS_AWS_ACCOUNT_ID: accountId,
    // The balancers have to notice "not ready" before the door is closed: two checks of 5 s.
    DRAIN_SECONDS: '12',
    IDENTITY_JWKS_URL: `${urlOf('gateway')}/.well-known/jwks.json`,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    ...Object.fromEntries(apps.map((name) => [`${name.toUpperCase()}_URL`, urlOf(name)])),
    ...{ [`${app.name.toUpperCase()}_PORT`]: String(port), [`${app.name.toUpperCase()}_HOST`]: '0.0.0.0' },
  };
  const shared = Object.entries(offered).filter(([name]) => reads.has(name));
  const plain = { ...Object.fromEntries(shared), ...environment(stage) };
  const given = new Set([...Object.keys(plain), ...secrets]);
  for (const store of ['DATABASE_URL', 'REDIS_URL']) if (reads.has(store)) given.add(store);
  const missing = app.environment.filter(({ name, required }) => required && !given.has(name)).map(({ name }) => name);
  const unread = [...given].filter((name) => !reads.has(name));
  const open = Object.keys(plain).filter((name) => reads.get(name)?.secret);
  refuse(app.name, 'needs, and infra/src/apps.ts does not give it,', missing);
  refuse(app.name, 'does not read', unread);
  refuse(app.name, 'keeps secret what infra/src/apps.ts gives openly:', open);
  return { plain, ownSecrets: secrets, usesPostgres: reads.has('DATABASE_URL'), usesRedis: reads.has('REDIS_URL') };
}

function refuse(app: string, problem: string, names: readonly string[]): void {
  if (names.length > 0) throw new Error(`${app} ${problem} ${names.join(', ')}`);
}
