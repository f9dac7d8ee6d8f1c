import type { Service } from '@atlas/event-contracts';
import type { Stage } from './stages.ts';

/** What an app needs of the infrastructure beyond what its queues, tables and environment already say. */
export interface AppSettings {
  readonly port: number;
  /** Open to the internet, behind the public balancer. */
  readonly isPublic?: true;
  readonly cpu: 256 | 512 | 1024;
  readonly memoryMiB: 512 | 1024 | 2048;
  /** Messages that may wait per task before another task is started: what one task handles in about ten seconds. */
  readonly backlogPerTask: number;
  /** Variables that a person puts into the app's secret before its first deployment. */
  readonly secrets: readonly string[];
  readonly environment: (stage: Stage) => Readonly<Record<string, string>>;
  /** Has a migration to be run before a new version: `node migrate.mjs` of its image. */
  readonly migrates?: true;
}

const small = { cpu: 512, memoryMiB: 1024, backlogPerTask: 1_000 } as const;

/** Every app of the system. An app that exists under `apps/` and is missing here does not synthesize. */
export const appSettings: Readonly<Partial<Record<Service, AppSettings>>> = {
  gateway: {
    ...{ port: 4000, isPublic: true, cpu: 1024, memoryMiB: 2048, backlogPerTask: 1_000, migrates: true },
    secrets: ['SESSION_SECRETS', 'IDENTITY_SIGNING_KEYS', 'OPERATOR_EMAIL', 'OPERATOR_PASSWORD'],
    // One balancer stands before it.
    environment: () => ({ TRUST_PROXY: '1' }),
  },
  notification: {
    ...{ ...small, port: 4001, secrets: ['SMTP_URL'] },
    environment: ({ mailFrom }) => ({ MAIL_FROM: mailFrom }),
  },
  billing: {
    ...{ ...small, port: 4002, secrets: ['STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRETS'] },
    // Stripe's test mode outside prod: the key decides whose money moves.
    environment: () => ({ PAYMENT_PROVIDER: 'stripe' }),
  },
  subscription: { ...small, port: 4003, secrets: [], environment: () => ({}) },
  reporting: { ...small, port: 4004, secrets: [], environment: () => ({}) },
};

/** The settings of an app. Throws when there are none, which is one entry to be made here. */
export function settingsOf(app: Service): AppSettings {
  const settings = appSettings[app];
  if (settings === undefined) throw new Error(`apps/${app} has no entry in infra/src/apps.ts`);
  return settings;
}
