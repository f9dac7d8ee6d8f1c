import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type Environment, environmentFields, loadConfig } from '@atlas/platform';
import { z } from 'zod';

/** An environment and, when it was completed with that, the file of the local stack. */
export interface CompletedEnvironment {
  readonly env: Environment;
  readonly file: string | undefined;
}

/**
 * The environment of the command. Where it names no endpoint of AWS, it is completed with the local stack's
 * `.atlas/stack.env`, looked for from `cwd` upwards (or in ATLAS_STATE_DIR): what the file says about AWS counts then,
 * because credentials of a shell and endpoints of a file do not belong together.
 */
export function completeEnvironment(env: Environment, cwd: string): CompletedEnvironment {
  const named = [env['AWS_ENDPOINT_URL'], env['AWS_ENDPOINT_URL_SQS']].some(Boolean);
  const file = named ? undefined : findStackFile(env, cwd);
  if (file === undefined) return { env, file };
  const stack = parseEnv(readFileSync(file, 'utf8'));
  const aws = Object.entries(stack).filter(([name]) => name.startsWith('AWS_'));
  return { env: { ...stack, ...env, ...Object.fromEntries(aws) }, file };
}

const awsFields = z.object({
  AWS_REGION: environmentFields.AWS_REGION,
  ATLAS_PREFIX: environmentFields.ATLAS_PREFIX,
  NODE_ENV: environmentFields.NODE_ENV,
  ATLAS_CRASH_AT: environmentFields.ATLAS_CRASH_AT,
});

/** What every command needs. Throws ConfigError with a readable report. */
export const awsConfig = (env: Environment) => loadConfig(awsFields, env);

/** What the commands around the outbox need besides. Throws ConfigError with a readable report. */
export const databaseConfig = (env: Environment) =>
  loadConfig(z.object({ DATABASE_URL: environmentFields.DATABASE_URL }), env);

function findStackFile(env: Environment, cwd: string): string | undefined {
  if (env['ATLAS_STATE_DIR']) return existing(join(resolve(env['ATLAS_STATE_DIR']), 'stack.env'));
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = existing(join(folder, '.atlas', 'stack.env'));
    if (file !== undefined || folder === dirname(folder)) return file;
  }
}

const existing = (file: string): string | undefined => (existsSync(file) ? file : undefined);
