import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface BareExpress {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an Express app in a process of its own that answers these paths with this JSON, and does nothing else. */
export async function startBareExpress(answers: Readonly<Record<string, unknown>>): Promise<BareExpress> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'bare-express-main.ts'), [JSON.stringify(answers)]);
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
