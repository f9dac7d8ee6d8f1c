import { RetryLaterError } from '@atlas/messaging';
import { DependencyUnavailableError } from '@atlas/platform';
import { runAll } from './consequences.ts';

const warnings: string[] = [];
const log = {
  info() {},
  error() {},
  warn: (fields: object) => void warnings.push((fields as { effect: string }).effect),
};
const context = { log };

beforeEach(() => warnings.splice(0));

it('runs the effects side by side: one that hangs does not delay the others', async () => {
  const done: string[] = [];
  const slow = Promise.withResolvers<void>();
  const all = runAll(context, {
    mail: () => slow.promise,
    feed: async () => void done.push('feed'),
  });
  await Promise.resolve();
  expect(done).toEqual(['feed']);
  slow.resolve();
  await expect(all).resolves.toBeUndefined();
});

it('tries every effect and fails at the end, naming what failed', async () => {
  const done: string[] = [];
  const all = runAll(context, {
    mail: () => Promise.reject(new Error('refused')),
    webhooks: () => {
      throw new Error('thrown, not rejected');
    },
    feed: async () => void done.push('feed'),
  });
  await expect(all).rejects.toThrow(/refused|thrown/);
  expect(done).toEqual(['feed']);
  expect(warnings).toEqual(expect.arrayContaining(['mail', 'webhooks']));
});

it('fails as an outage when one effect met an outage, so that the message waits and is not counted', async () => {
  const outage = new DependencyUnavailableError('smtp');
  const all = runAll(context, {
    feed: () => Promise.reject(new Error('a defect')),
    mail: () => Promise.reject(outage),
  });
  await expect(all).rejects.toBe(outage);
});

it('waits when one effect asks for it, before another one that failed is counted', async () => {
  const later = new RetryLaterError('greylisted', 60_000);
  const all = runAll(context, {
    feed: () => Promise.reject(new Error('a defect')),
    mail: () => Promise.reject(later),
  });
  await expect(all).rejects.toBe(later);
});
