import { createLogger, createMetrics } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { type CallPolicyOptions, createCallPolicy } from './call-policy.ts';
import { PaymentRequestError, ProviderUnavailableError } from './errors.ts';

const away = () => Promise.reject(new ProviderUnavailableError('test'));

function policyWith(change: Partial<CallPolicyOptions> = {}) {
  const metrics = createMetrics({ service: 'billing', processMetrics: false });
  const logger = createLogger({ service: 'billing', level: 'silent' });
  const defaults = {
    provider: 'test',
    timeoutMs: 20,
    metrics,
    logger,
    repetitions: 0,
    firstPauseMs: 1,
    openForMs: 60_000,
  };
  const policy = createCallPolicy({ ...defaults, ...change });
  const attempts = async (outcome: string) => {
    const { values } = await metrics.registry.getSingleMetric('atlas_payment_call_seconds')!.get();
    const counts = values as { metricName?: string; labels: Record<string, unknown>; value: number }[];
    return counts.find(({ metricName = '', labels }) => metricName.endsWith('_count') && labels['outcome'] === outcome)
      ?.value;
  };
  return { policy, attempts };
}
const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: Error) => error,
  );

it('repeats what the provider did not answer, as often as it is told to', async () => {
  const { policy, attempts } = policyWith({ repetitions: 2 });
  const call = jest.fn().mockImplementationOnce(away).mockImplementationOnce(away).mockResolvedValueOnce('money');
  expect(await policy.run('charge', call)).toBe('money');
  expect(await attempts('unavailable')).toBe(2);
  expect(await attempts('answered')).toBe(1);
  call.mockReset().mockImplementation(away);
  await expect(policy.run('charge', call)).rejects.toBeInstanceOf(ProviderUnavailableError);
  expect(call).toHaveBeenCalledTimes(3);
});

it('takes an answer that does not come for an outage', async () => {
  const { policy } = policyWith();
  const silent = policy.run('charge', () => new Promise(() => undefined));
  await expect(silent).rejects.toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
    cause: { message: 'no answer within 20 ms' },
  });
});

it('neither repeats nor counts what the provider refuses', async () => {
  const { policy, attempts } = policyWith({ repetitions: 2 });
  const refused = new PaymentRequestError('invalid_request', 'no');
  for (let i = 0; i < 30; i += 1)
    expect(await outcomeOf(policy.run('charge', () => Promise.reject(refused)))).toBe(refused);
  expect(await attempts('refused')).toBe(30);
  expect(await policy.run('charge', async () => 'money')).toBe('money');
});

it('leaves a provider alone that fails, and lets nobody wait for it', async () => {
  const { policy, attempts } = policyWith();
  for (let i = 0; i < 50; i += 1) await outcomeOf(policy.run('charge', away));
  expect(await attempts('unavailable')).toBe(6);
  const call = jest.fn();
  await expect(policy.run('charge', call)).rejects.toBeInstanceOf(ProviderUnavailableError);
  expect(call).not.toHaveBeenCalled();
});

it('goes on with a provider that fails every fifth call', async () => {
  const { policy, attempts } = policyWith();
  for (let i = 0; i < 200; i += 1) await outcomeOf(policy.run('charge', i % 5 === 4 ? away : async () => 'money'));
  expect(await attempts('answered')).toBe(160);
});

it('blames the provider for nothing that its caller has ended', async () => {
  const { policy } = policyWith({ timeoutMs: 60_000 });
  const reason = new Error('the lease is lost');
  for (let i = 0; i < 20; i += 1) {
    const giveUp = new AbortController();
    const running = outcomeOf(policy.run('charge', () => new Promise(() => undefined), giveUp.signal));
    giveUp.abort(reason);
    expect(await running).toBe(reason);
  }
  expect(await policy.run('charge', async () => 'money')).toBe('money');
  await expect(policy.run('charge', async () => 'money', AbortSignal.abort(reason))).rejects.toBe(reason);
});

leakCheck();
