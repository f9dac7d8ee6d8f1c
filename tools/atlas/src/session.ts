import { userInfo } from 'node:os';
import { type AuditLog, createAuditLog, createDeadLetters, type DeadLetters } from '@atlas/messaging';
import {
  crashProbe,
  createDocumentClient,
  createDynamoClient,
  createLogger,
  createSqsClient,
  type Environment,
  type Probe,
} from '@atlas/platform';
import { createPgPool } from '@atlas/platform/postgres';
import { awsConfig, databaseConfig } from './environment.ts';

type Sqs = ReturnType<typeof createSqsClient>;
type Pool = ReturnType<typeof createPgPool>;
type Documents = ReturnType<typeof createDocumentClient>;

/** The connections of one command; each is opened when a command first asks for it. */
export interface Session {
  sqs(): Sqs;
  deadLetters(): DeadLetters;
  audit(): AuditLog;
  pool(): Pool;
  documents(): Documents;
  /** Dies at a step that the environment names: for tests. */
  probe(): Probe;
  /** What every name of this installation begins with. */
  prefix(): string;
  /** Who the audit record names, unless the command says otherwise. */
  readonly operator: string;
  readonly clock: () => Date;
  /** Makes a UUID v7. */
  readonly newId: () => string;
  /** Aborted by the first Ctrl-C: end early and leave everything in order. */
  readonly signal: AbortSignal;
  close(): Promise<void>;
}

/** Opens nothing yet. Its methods throw ConfigError when the environment lacks what they need. */
export function createSession(options: {
  readonly env: () => Environment;
  readonly newId: () => string;
  readonly signal: AbortSignal;
}): Session {
  const { newId, signal } = options;
  const clock = () => new Date();
  const open: (() => Promise<void> | void)[] = [];
  const once = <T>(make: () => T) => {
    let made: T | undefined;
    return () => (made ??= make());
  };
  const config = once(() => awsConfig(options.env()));
  const sqs = once(() => {
    const client = createSqsClient({ region: config().AWS_REGION });
    open.push(() => client.destroy());
    return client;
  });
  const dynamo = once(() => {
    const client = createDynamoClient({ region: config().AWS_REGION });
    open.push(() => client.destroy());
    return client;
  });
  const probe = once(() => crashProbe(config().ATLAS_CRASH_AT, { environment: config().NODE_ENV }));
  return {
    sqs,
    clock,
    probe,
    newId,
    signal,
    operator: userInfo().username,
    deadLetters: once(() => {
      const { ATLAS_PREFIX: prefix } = config();
      return createDeadLetters({ sqs: sqs(), dynamo: dynamo(), prefix, clock, newId, probe: probe() });
    }),
    audit: once(() => createAuditLog({ dynamo: dynamo(), prefix: config().ATLAS_PREFIX, clock, newId })),
    documents: once(() => createDocumentClient(dynamo())),
    prefix: () => config().ATLAS_PREFIX,
    pool: once(() => {
      const logger = createLogger({ service: 'atlas-cli', level: 'silent' });
      const pool = createPgPool({ url: databaseConfig(options.env()).DATABASE_URL, max: 2, logger, name: 'atlas-cli' });
      open.push(() => pool.end());
      return pool;
    }),
    async close() {
      for (const release of open.reverse()) await release();
    },
  };
}
