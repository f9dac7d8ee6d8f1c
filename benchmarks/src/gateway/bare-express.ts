import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { nodeFlags } from '@atlas/dev-stack';

export interface BareExpress {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an Express app in a process of its own that answers these paths with this JSON, and does nothing else. */
export function startBareExpress(answers: Readonly<Record<string, unknown>>): Promise<BareExpress> {
  return start('bare-express-main.ts', answers, []);
}

/** Starts an Express app in a process of its own that answers GET /orders from the stores of this system, and does no more than it must for that. */
export function startFloor(env: Readonly<Record<string, string>>): Promise<BareExpress> {
  const { REDIS_URL, DATABASE_URL, ATLAS_PREFIX } = env;
  return start('floor-main.ts', { REDIS_URL, DATABASE_URL, ATLAS_PREFIX }, nodeFlags);
}

async function start(script: string, argument: unknown, execArgv: readonly string[]): Promise<BareExpress> {
  const child: ChildProcess = fork(join(import.meta.dirname, script), [JSON.stringify(argument)], {
    execArgv: [...execArgv],
  });
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
