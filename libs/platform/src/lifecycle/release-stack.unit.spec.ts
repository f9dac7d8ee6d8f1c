import { createLogger } from '../observability/logger.ts';
import { createReleaseStack } from './release-stack.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

describe('createReleaseStack', () => {
  it('releases the last opened first, each after the other has finished', async () => {
    const order: string[] = [];
    const stack = createReleaseStack(logger);
    stack.defer('pool', () => void order.push('pool'));
    stack.defer('server', async () => {
      await new Promise(setImmediate);
      order.push('server');
    });
    await stack.release();
    expect(order).toEqual(['server', 'pool']);
  });

  it('releases everything even when one fails, and says so', async () => {
    const pool = jest.fn();
    const stack = createReleaseStack(logger);
    stack.defer('pool', pool);
    stack.defer('server', () => {
      throw new Error('stuck');
    });
    await expect(stack.release()).rejects.toThrow('1 of 2 resources could not be released: server');
    expect(pool).toHaveBeenCalledTimes(1);
  });

  it('releases once, however often it is asked', async () => {
    const pool = jest.fn();
    const stack = createReleaseStack(logger);
    stack.defer('pool', pool);
    await Promise.all([stack.release(), stack.release()]);
    await stack.release();
    expect(pool).toHaveBeenCalledTimes(1);
  });

  it('refuses what is opened too late to be released', async () => {
    const stack = createReleaseStack(logger);
    await stack.release();
    expect(() => stack.defer('late', () => {})).toThrow('"late" was opened after the release had begun');
  });
});
