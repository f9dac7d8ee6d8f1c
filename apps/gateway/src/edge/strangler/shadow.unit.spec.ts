import { createLogger } from '@atlas/platform';
import type { CurrentUser } from '../identity.ts';
import { type ServiceClient, ServiceDownError } from '../service-client.ts';
import type { Mismatch } from './mismatches.ts';
import type { ComparisonResult, Observations } from './observations.ts';
import { createShadow, usualShadowSettings } from './shadow.ts';
import type { Comparison, MonolithFeature } from './slice.ts';

const observed = { slice: 'feed', version: 1 };
const user = { tenantId: 'tenant', userId: 'user', role: 'owner' } as unknown as CurrentUser;

/** Follows one request and says what became of it. `answers` are the service's, one after the other. */
async function follow(options: { feature: MonolithFeature; answers: unknown[]; rules?: Partial<Comparison> }) {
  const settled = Promise.withResolvers<ComparisonResult | 'failed'>();
  const repeated: boolean[] = [];
  const examples: Mismatch[] = [];
  const observations = {
    answered: (_of, _side, { failed }) => failed && settled.resolve('failed'),
    compared: (_of, result) => settled.resolve(result),
    controlRepeated: (_of, differed) => repeated.push(differed),
  } as Pick<Observations, 'answered' | 'compared' | 'controlRepeated'> as Observations;
  const service = {
    async ask() {
      const body = options.answers.length > 1 ? options.answers.shift() : options.answers[0];
      if (body === undefined) throw new ServiceDownError('feed', 'gone');
      return { status: 200, contentType: 'application/json; charset=utf-8', text: JSON.stringify(body) };
    },
  } as unknown as ServiceClient;
  const shadow = createShadow({
    service,
    rules: { ignore: [], show: [], ...options.rules },
    settings: { ...usualShadowSettings, lookAgainAfterMs: 1, controlTwice: 0 },
    observations,
    mismatches: { keep: async (_slice, example) => void examples.push(example), list: async () => [] },
    clock: () => new Date(0),
    random: () => 0.5,
    logger: createLogger({ service: 'test', level: 'silent' }),
  });
  const request = { user, query: {} };
  const control = await options.feature(request);
  shadow.follow(observed, { request, feature: options.feature, path: '/feed', control });
  const result = await settled.promise;
  await shadow.stop();
  return { result, repeated, examples };
}

const always =
  (body: unknown): MonolithFeature =>
  async () => ({ status: 200, body });

describe('a comparison', () => {
  it('of equal answers is a match', async () => {
    expect(await follow({ feature: always({ a: 1 }), answers: [{ a: 1 }] })).toMatchObject({ result: 'match' });
  });

  it('of a monolith that does not agree with itself is noise, where it does not', async () => {
    let asked = 0;
    const feature: MonolithFeature = async () => ({ status: 200, body: { now: (asked += 1), a: 1 } });
    expect(await follow({ feature, answers: [{ now: 99, a: 1 }] })).toMatchObject({
      result: 'noise',
      repeated: [true],
    });
    expect(await follow({ feature, answers: [{ now: 99, a: 2 }] })).toMatchObject({ result: 'mismatch' });
  });

  it('of a read model that lags is made with the monolith as it was then', async () => {
    const asked: (Date | undefined)[] = [];
    const feature: MonolithFeature = async ({ asOf }) => {
      asked.push(asOf);
      return { status: 200, body: { orders: asOf ? 5 : 7, as_of: (asOf ?? new Date()).toISOString() } };
    };
    const rules = { asOf: '$.as_of', ignore: ['$.as_of'] };
    const then = '2026-11-22T08:00:00.000Z';
    expect(await follow({ feature, rules, answers: [{ orders: 5, as_of: then }] })).toMatchObject({ result: 'match' });
    expect(asked).toContainEqual(new Date(then));
    // Being late is no excuse for being wrong.
    expect(await follow({ feature, rules, answers: [{ orders: 4, as_of: then }] })).toMatchObject({
      result: 'mismatch',
    });
  });

  it('of answers that are equal a moment later is lag', async () => {
    const answers = [{ items: [] }, { items: [1] }];
    expect(await follow({ feature: always({ items: [1] }), answers })).toMatchObject({ result: 'lag', examples: [] });
  });

  it('of a service that does not answer is none', async () => {
    expect(await follow({ feature: always({ a: 1 }), answers: [undefined] })).toMatchObject({ result: 'failed' });
  });

  it('that cannot be made because the monolith fails meanwhile counts for neither', async () => {
    let asked = 0;
    const feature: MonolithFeature = async () => {
      if (++asked > 1) throw new Error('the database is gone');
      return { status: 200, body: { a: 1 } };
    };
    expect(await follow({ feature, answers: [{ a: 2 }] })).toMatchObject({ result: 'skipped_incomparable' });
  });

  it('keeps twenty differences of an answer and counts the others', async () => {
    const list = (from: number) => Array.from({ length: 25 }, (_, index) => from + index);
    const { examples } = await follow({ feature: always(list(0)), answers: [list(100)] });
    expect(examples).toMatchObject([{ more_differences: 5, differences: { length: 20 } }]);
    expect(examples[0]!.differences[0]).toEqual({ path: '$[0]', monolith: 'number', service: 'number' });
  });
});
