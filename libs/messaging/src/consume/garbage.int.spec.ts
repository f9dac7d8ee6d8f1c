import { gzipSync } from 'node:zlib';
import { eventually, leakCheck } from '@atlas/testing';
import { completedOrder, type ConsumerWorld, createConsumerWorld, type Sent, wired } from './consumer.fixture.ts';

const GARBAGE = 10_000;
const GOOD = 500;

/** Every sort of message that no handler can do anything with, and the reason it must be dead-lettered with. */
const sorts: readonly { readonly reason: string; readonly make: (n: number) => string }[] = [
  { reason: 'BAD_JSON', make: (n) => `{"id": ${n}` },
  { reason: 'BAD_JSON', make: () => 'plain text' },
  { reason: 'BAD_JSON', make: () => '\ufeff' + good() },
  { reason: 'BAD_JSON', make: () => Buffer.from(good()).toString('base64') },
  { reason: 'BAD_JSON', make: () => gzipSync(good()).toString('base64') },
  { reason: 'BAD_JSON', make: () => Buffer.from(good(), 'utf16le').toString('latin1').replaceAll('\0', ' ') },
  { reason: 'BAD_ENVELOPE', make: (n) => String(n) },
  { reason: 'BAD_ENVELOPE', make: () => 'null' },
  { reason: 'BAD_ENVELOPE', make: () => '[]' },
  { reason: 'BAD_ENVELOPE', make: () => JSON.stringify({ Type: 'Notification', Message: good() }) },
  { reason: 'BAD_ENVELOPE', make: () => changed({ id: 'not-a-uuid' }) },
  { reason: 'BAD_ENVELOPE', make: () => changed({ tenant_id: undefined }) },
  { reason: 'BAD_ENVELOPE', make: () => changed({ payload: [] }) },
  { reason: 'BAD_ENVELOPE', make: () => `${'['.repeat(50_000)}${']'.repeat(50_000)}` },
  { reason: 'UNKNOWN_EVENT', make: (n) => changed({ event: `order.invented_${n}` }) },
  { reason: 'UNKNOWN_EVENT', make: () => changed({ event: '__proto__' }) },
  { reason: 'UNKNOWN_VERSION', make: () => changed({ version: '9.0' }) },
  { reason: 'UNKNOWN_VERSION', make: () => changed({ version: 'latest' }) },
  { reason: 'SCHEMA_VIOLATION', make: () => changed({ payload: {} }) },
  { reason: 'SCHEMA_VIOLATION', make: () => changed({ payload: { ...completedOrder().payload, total: 12.5 } }) },
  { reason: 'UNKNOWN_HANDLER', make: () => changed({ event: 'user.registered', version: '1.0', payload: registered }) },
];

const registered = {
  ...{ user_id: 'u', user_email: 'ada@example.com', user_name: 'Ada', tenant_id: 't', tenant_name: 'T', role: 'owner' },
};
const good = () => JSON.stringify(completedOrder());
const changed = (fields: object) => JSON.stringify({ ...completedOrder(), ...fields });

describe('ten thousand messages of garbage', () => {
  let world: ConsumerWorld;
  beforeAll(async () => {
    world = await createConsumerWorld({ visibilitySeconds: 30 });
  });
  afterAll(() => world.close());

  it('are dead-lettered with their reasons, and the good ones between them are handled', async () => {
    const orders = Array.from({ length: GOOD }, () => completedOrder());
    const messages: Sent[] = [];
    for (let n = 0; n < GARBAGE; n += 1) {
      // The sort with 100 KB is one in a thousand, the others take turns.
      const sort = sorts[n % 1000 === 999 ? 13 : n % sorts.length === 13 ? 0 : n % sorts.length]!;
      messages.push({ body: sort.make(n) });
      if (n % (GARBAGE / GOOD) === 0) messages.push(wired(orders[n / (GARBAGE / GOOD)]!));
    }
    await inLanes(messages, (lane) => world.send(...lane));
    const handled: string[] = [];
    await world.consume({ 'order.completed.v1': async ({ id }) => void handled.push(id) });
    await world.emptied(90_000);
    expect(handled.toSorted()).toEqual(orders.map(({ id }) => id).toSorted());

    const dead = await world.takeDeadLetters();
    expect(dead).toHaveLength(GARBAGE);
    expect(dead.map(({ body }) => body).toSorted()).toEqual(
      messages
        .filter(({ attributes }) => attributes === undefined)
        .map(({ body }) => body)
        .toSorted(),
    );
    const reasons = new Set(dead.map(({ letter }) => letter?.code));
    expect(reasons).toEqual(new Set(sorts.map(({ reason }) => reason)));
    expect(dead.filter(({ letter }) => letter === undefined || letter.attempts !== 0)).toEqual([]);
  }, 150_000);

  it.each(sorts.map(({ reason, make }, n) => ({ n, reason, body: make(n) })))(
    'sort $n is $reason',
    async ({ reason, body }) => {
      await world.send({ body });
      const [dead] = await eventually(async () => {
        const taken = await world.takeDeadLetters();
        return taken.length > 0 && taken;
      });
      expect(dead?.letter?.code).toBe(reason);
      expect(dead?.body).toBe(body);
    },
  );

  it('also when a message is as large as SQS takes and leaves no room for the reason', async () => {
    const limit = 262_144;
    const attributes = wired(completedOrder()).attributes!;
    const attributeBytes = Object.entries(attributes).reduce(
      (sum, [name, { DataType, StringValue }]) => sum + name.length + DataType.length + StringValue.length,
      0,
    );
    for (const room of [0, 300, 5000]) {
      await world.send({ body: 'x'.repeat(limit - attributeBytes - room), attributes });
      const [dead] = await eventually(async () => {
        const taken = await world.takeDeadLetters();
        return taken.length > 0 && taken;
      });
      expect(dead?.body).toHaveLength(limit - attributeBytes - room);
      expect(dead?.attributes).toMatchObject({ EventKey: { StringValue: 'order.completed.v1' } });
      if (room === 5000) expect(dead?.letter?.code).toBe('BAD_JSON');
    }
    await world.emptied();
  });
});

/** Four requests at a time. */
async function inLanes<T>(items: readonly T[], run: (lane: readonly T[]) => Promise<void>): Promise<void> {
  const lanes = 4;
  const size = Math.ceil(items.length / lanes);
  await Promise.all(Array.from({ length: lanes }, (_, lane) => run(items.slice(lane * size, (lane + 1) * size))));
}

leakCheck();
