import { DependencyUnavailableError, SetupError } from '../errors.ts';
import { createLogger } from '../observability/logger.ts';
import { retryWhileUnreachable } from './retry-while-unreachable.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const outage = new DependencyUnavailableError('PostgreSQL');

describe('retryWhileUnreachable', () => {
  it('tries again until the dependency answers', async () => {
    const fn = jest.fn<Promise<string>, []>().mockRejectedValueOnce(outage).mockRejectedValueOnce(outage);
    fn.mockResolvedValueOnce('migrated');
    await expect(retryWhileUnreachable('migrations', fn, { logger, firstDelayMs: 1 })).resolves.toBe('migrated');
    expect(fn).toHaveBeenCalledTimes(3);
  });

  it('throws anything else on at once', async () => {
    const fn = jest.fn(async () => {
      throw new SetupError('old schema');
    });
    await expect(retryWhileUnreachable('migrations', fn, { logger })).rejects.toThrow(SetupError);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it('ends with its signal, also while it waits', async () => {
    const stop = new AbortController();
    const running = retryWhileUnreachable(
      'migrations',
      async () => {
        setImmediate(() => stop.abort());
        throw outage;
      },
      { logger, signal: stop.signal, firstDelayMs: 60_000 },
    );
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  });
});
