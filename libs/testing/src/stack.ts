import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { StackNotRunningError } from './errors.ts';

/** A variable that the dev stack sets, such as DATABASE_URL. Throws StackNotRunningError when the stack is not there. */
export function stackVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new StackNotRunningError(name);
  return value;
}

/** A prefix for topics, queues, tables and keys that no other test file uses: `t` and 10 hex digits. */
export function testPrefix(): string {
  return `t${randomBytes(5).toString('hex')}`;
}

/** A plain connection to the stack's Redis, to look at keys from a test. The caller ends it with `quit()`. */
export function testRedis(): Redis {
  return new Redis(stackVariable('REDIS_URL'));
}
