import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../process/wait-for.ts';
import { type Attempt, type LocalStackPlace, localStackVersion, versionAt } from './localstack-place.ts';

const run = promisify(execFile);

/** LocalStack in a container of its own that is gone afterwards. */
export async function dockerLocalStack({ say, signal }: LocalStackPlace): Promise<Attempt> {
  const docker = (...args: string[]) => run('docker', args).then(({ stdout }) => stdout.trim());
  try {
    await docker('info');
  } catch {
    return { reason: 'Docker: no engine runs here' };
  }
  const image = `localstack/localstack:${localStackVersion}`;
  say(`Starting ${image} in Docker`);
  try {
    const port = ['--publish', '127.0.0.1::4566'];
    const container = await docker('run', '--detach', '--rm', ...port, '--env', 'SERVICES=sns,sqs', image);
    const stop = () => docker('stop', '--time', '5', container).then(() => undefined);
    try {
      const [address] = (await docker('port', container, '4566')).split('\n');
      const url = `http://${address}`;
      const answers = async () => signal.aborted || (await versionAt(url)) !== undefined;
      await waitFor(answers, {
        timeoutMs: 120_000,
        everyMs: 250,
        message: `it did not answer at ${url} within two minutes`,
      });
      signal.throwIfAborted();
      return { url, how: `${image} in Docker`, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    return { reason: `Docker: ${(error as Error).message.trim().split('\n').at(-1)}` };
  }
}
