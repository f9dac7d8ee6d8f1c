import { chargeSucceeded, composeEnvelopes, type EventKey } from '@atlas/event-contracts';
import { leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { type ConsumerWorld, createConsumerWorld, wired } from './consumer.fixture.ts';

/** A fact in both majors, newest first, as the outbox publishes it. */
function chargeInBothMajors() {
  const id = v7();
  const fact = { ...chargeSucceeded.versions['2.0'].example, charge_id: `ch_${id}` };
  return composeEnvelopes('charge.succeeded', fact, {
    ...{ id, timestamp: new Date().toISOString(), source: 'billing', tenantId: 'tenant-1', subject: 'tenant-1' },
    ...{ sequence: 2, correlationId: id, causationId: id },
  });
}

describe('a consumer with handlers for both majors of an event', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld({ visibilitySeconds: 20 });
  });
  afterEach(() => world.stopConsumers());
  afterAll(() => world.close());

  /** Handlers that note what they were given, in the shape of their major. */
  function noting(handled: string[], fail: (key: EventKey) => boolean = () => false) {
    const note = (key: EventKey, chargeId: string, cents: number) => {
      if (fail(key)) throw new Error('hiccup');
      handled.push(`${chargeId} ${cents}`);
    };
    return {
      'charge.succeeded.v1': async ({ payload }: { payload: { charge_id: string; amount_cents: number } }) =>
        note('charge.succeeded.v1', payload.charge_id, payload.amount_cents),
      'charge.succeeded.v2': async ({ payload }: { payload: { charge_id: string; amount: { cents: number } } }) =>
        note('charge.succeeded.v2', payload.charge_id, payload.amount.cents),
    };
  }
  const expected = (facts: ReturnType<typeof chargeInBothMajors>[]) =>
    facts.map(([{ payload }]) => `${String(payload['charge_id'])} 4900`).toSorted();

  it('handles a fact once, whichever major comes first', async () => {
    const handled: string[] = [];
    const facts = Array.from({ length: 10 }, chargeInBothMajors);
    const messages = facts.flatMap(([newest, older], index) =>
      (index % 2 === 0 ? [newest, older!] : [older!, newest]).map((envelope) => wired(envelope)),
    );
    // Some as one batch, some far apart: at once they meet the lease, later they meet the mark.
    await world.send(...messages.slice(0, 10), ...messages.slice(10).reverse());
    await Promise.all([world.consume(noting(handled)), world.consume(noting(handled))]);
    await world.emptied(60_000);
    expect(handled.toSorted()).toEqual(expected(facts));
    expect(await world.takeDeadLetters()).toEqual([]);
  }, 90_000);

  it('waits a moment, not a whole lease, for the other major in its own hands', async () => {
    const handled: string[] = [];
    const facts = [chargeInBothMajors()];
    await world.send(...facts.flat().map((envelope) => wired(envelope)));
    const startedAt = performance.now();
    await world.consume(noting(handled));
    await world.emptied(60_000);
    expect(handled).toEqual(expected(facts));
    // The lease is the queue's visibility timeout of 20 s; the first give-back is 1 s.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  }, 90_000);

  it('has the fact handled by the other major when the handler of one fails', async () => {
    const handled: string[] = [];
    const facts = [chargeInBothMajors()];
    await world.send(...facts.flat().map((envelope) => wired(envelope)));
    await world.consume(noting(handled, (key) => key === 'charge.succeeded.v2'));
    await world.emptied(60_000);
    expect(handled).toEqual(expected(facts));
    // Which of the two races for the lease decides whether the failing one finds the fact done or gives up before.
    const letters = (await world.takeDeadLetters()).map(({ attributes }) => attributes['EventKey']?.StringValue);
    expect(letters.filter((key) => key !== 'charge.succeeded.v2')).toEqual([]);
    expect(letters.length).toBeLessThanOrEqual(1);
  }, 90_000);
});

leakCheck();
