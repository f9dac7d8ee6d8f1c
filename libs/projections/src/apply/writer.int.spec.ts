import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { createMetrics, isUnreachable, SetupError } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { registerRebuild, switchTo } from '../control/control.domain.ts';
import { InvalidChangeError } from '../errors.ts';
import { journalEntry } from '../journal-entry.ts';
import type { Projection } from '../projection.domain.ts';
import {
  charge,
  charges,
  createProjectionWorld,
  folded,
  interceptSends,
  order,
  packedSkus,
  type ProjectionWorld,
  revenue,
  skus,
} from '../projections.fixture.ts';
import { controlFreshMs } from './known-builds.ts';

const worlds: ProjectionWorld[] = [];
const open = async (projections?: readonly Projection[]) => {
  const world = await createProjectionWorld(projections);
  worlds.push(world);
  return world;
};
afterAll(() => worlds.forEach((world) => world.close()));

const lines = (count: number) => Array.from({ length: count }, (_, index) => [`sku-${index}`, 1, 100] as const);
const marksIn = (items: Record<string, unknown>[]) =>
  items.flatMap(({ marks }) => [...((marks as Set<string> | undefined) ?? [])]);
/** By event, those that came later: `<event> <mark>`. */
const laterMarks = async (world: ProjectionWorld) =>
  (await world.items(world.names.marks)).map(({ pk, sk }) => `${String(pk)} ${String(sk)}`);

describe('the first process', () => {
  it('makes everything live, also when several are first at the same time', async () => {
    const world = await open();
    const replicas = [world.process(), world.process(), world.process()];
    const reports = await Promise.all(replicas.map(({ writer }) => writer.apply([order(lines(2)), charge(500)])));
    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
    const { version, projections } = (await world.process().control.read())!;
    expect(version).toBe(1);
    expect(
      Object.values(projections)
        .map(({ live }) => live)
        .sort(),
    ).toEqual([...['charges@1.1', 'packed-skus@1.1', 'revenue@1.1', 'skus@1.1']]);
  });

  it('of a newer code adds what it declares as building: nobody reads it, everybody applies it', async () => {
    const world = await open([revenue, skus]);
    await world.process({ projections: [revenue] }).writer.apply([order(lines(1))]);
    const { writer, reader, control } = world.process({ projections: [revenue, skus] });
    const later = order(lines(3));
    await writer.apply([later]);
    expect((await control.read())!.projections['skus']).toMatchObject({ building: 'skus@1.1' });
    await expect(reader.snapshot('skus')).rejects.toMatchObject({ code: 'PROJECTION_BUILDING' });
    expect(await world.stored(skus, ['tenant-1'])).toEqual(folded([later], skus));
  });
});

describe('an event', () => {
  it('is in the journal once, with a mark for every build that has counted it', async () => {
    const world = await open();
    const { writer } = world.process();
    const [one, other] = [order(lines(2)), charge(500, { tenant: 'tenant-2' })];
    expect(await writer.apply([one, other, one])).toEqual({ failed: [], applied: 4 });
    expect(await writer.apply([other, one])).toEqual({ failed: [], applied: 0 });
    const items = await world.items(world.names.journal);
    expect(items).toHaveLength(2);
    const item = items.find(({ sk }) => sk === `EVENT#${one.id}`)!;
    expect(Object.keys(item).sort()).toEqual(['envelope', 'event_key', 'marks', 'pk', 'sk']);
    expect(item['pk']).toMatch(/^TENANT#tenant-1#[0-3]$/);
    expect(journalEntry(item)).toMatchObject({ eventKey: 'order.completed.v1', envelope: one });
    expect(marksIn([item]).sort()).toEqual(['packed-skus@1.1', 'revenue@1.1', 'skus@1.1']);
  });

  it('that no projection hears is in the journal all the same: a later projection may want it', async () => {
    const world = await open([revenue]);
    const { writer } = world.process();
    const event = charge(500);
    expect(await writer.apply([event])).toEqual({ failed: [], applied: 0 });
    expect(await writer.apply([event, order(lines(1))])).toEqual({ failed: [], applied: 1 });
    expect(await world.items(world.names.journal)).toHaveLength(2);
  });

  it('of 687 lines, as a real order has, is counted in parts, each once, whoever comes in between', async () => {
    const world = await open();
    const large = order(lines(687));
    let sent = 0;
    const dying = interceptSends(world.documents, async (command, answer) => {
      // The process is gone after the third transaction: no answer to it, and no other one is sent.
      if (command.constructor.name === 'TransactWriteItemsCommand' && ++sent > 3) throw new TypeError('dead');
      return answer();
    });
    expect((await world.process({ dynamo: dying }).writer.apply([large])).failed).toHaveLength(1);
    const begun = marksIn(await world.items(world.names.journal));
    const before = begun.length + (await laterMarks(world)).length;
    const { writer } = world.process();
    const { failed, applied } = await writer.apply([order(lines(2)), large]);
    expect(failed).toEqual([]);
    expect(before).toBeGreaterThan(begun.length);
    // What came later is beside the event, which is as it was put there.
    expect(marksIn(await world.items(world.names.journal))).toEqual(expect.arrayContaining(begun));
    const later = await laterMarks(world);
    expect(later).toHaveLength(15 + 3 + 1 - begun.length);
    expect(later.every((mark) => mark.startsWith(`TENANT#tenant-1#EVENT#${large.id} `))).toBe(true);
    // 687 rows of skus in 15 parts, four items with 344 attributes in 3, one part in revenue, and the three of the other order.
    expect(before + applied).toBe(15 + 3 + 1 + 3);
    for (const projection of [revenue, skus, packedSkus]) {
      expect(await world.stored(projection, ['tenant-1'])).toEqual(folded([order(lines(2)), large], projection));
    }
  });

  it('that came before a build was registered has its mark beside it when it comes again, once, whoever is asked', async () => {
    const world = await open([revenue]);
    const event = order(lines(2));
    await world.process().writer.apply([event]);
    const [before] = await world.items(world.names.journal);
    await world.process().control.change((control) => registerRebuild(control!, 'revenue', 1));
    const replicas = [world.process(), world.process()];
    const reports = await Promise.all(replicas.map(({ writer }) => writer.apply([event])));
    expect(reports.map(({ failed }) => failed)).toEqual([[], []]);
    expect(reports.map(({ applied }) => applied).sort()).toEqual([0, 1]);
    const entry = journalEntry(before!);
    for (const how of ['try', 'ask'] as const) {
      expect(await world.process().writer.applyEntries([entry], ['revenue@1.1', 'revenue@1.2'], how)).toEqual({
        ...{ failed: [], applied: 0 },
      });
    }
    expect(await laterMarks(world)).toEqual([`TENANT#tenant-1#EVENT#${event.id} revenue@1.2`]);
    expect(await world.items(world.names.journal)).toEqual([before]);
    expect(await world.stored(revenue, ['tenant-1'], 'revenue@1.2')).toEqual(folded([event], revenue));
  });

  it('that one projection cannot count fails alone, and is counted by the others', async () => {
    const picky: Projection = {
      ...charges,
      ...{ name: 'picky', table: 'test-picky', events: ['order.completed.v1'], dimensions: ['date'], everyone: false },
      project({ payload }) {
        const [first] = (payload as { line_items: { sku: string }[] }).line_items;
        if (first?.sku === 'bad') throw new RangeError('no such price');
        return [{ row: ['2026-11-22'], add: { seen: first?.sku === 'huge' ? 2 ** 53 : 1 } }];
      },
    };
    const world = await open([revenue, picky]);
    const { writer } = world.process();
    const [bad, huge, good] = [order([['bad', 1, 5]]), order([['huge', 1, 5]]), order([['good', 1, 5]])];
    const { failed } = await writer.apply([bad, good, huge]);
    expect(failed.map(({ id }) => id).sort()).toEqual([bad.id, huge.id].sort());
    for (const { error } of failed) expect(error).toBeInstanceOf(InvalidChangeError);
    expect(await world.stored(revenue, ['tenant-1'])).toEqual(folded([bad, good, huge], revenue));
    expect(await world.stored(picky, ['tenant-1'])).toEqual(new Map([['["tenant-1","2026-11-22","seen"]', 1n]]));
    // What is only being built does not keep an event from being acknowledged.
    await world.process().control.change((control) => registerRebuild(control!, 'picky', 1));
    const known = world.process({ projections: [revenue, { ...picky, project: () => [] }, { ...picky, version: 2 }] });
    await known.control.change((control) => ({
      control: {
        ...control!,
        projections: {
          ...control!.projections,
          picky: { live: 'picky@1.1', building: 'picky@2.1', discarded: [], highest: {} },
        },
      },
    }));
    expect((await known.writer.apply([order([['bad', 1, 5]])])).failed).toEqual([]);
  });

  it('that DynamoDB cannot take fails alone', async () => {
    const flood: Projection = {
      ...{
        name: 'flood',
        table: 'test-flood',
        version: 1,
        events: ['order.completed.v1'],
        dimensions: ['date', 'sku'],
      },
      ...{ shards: 1, everyone: false, packed: 2 },
      // Names of 960,000 bytes for two items of at most 400,000.
      project: ({ payload }) =>
        (payload as { line_items: { sku: string }[] }).line_items.flatMap(({ sku }) =>
          sku === 'flood'
            ? Array.from({ length: 1200 }, (_, index) => ({
                row: ['2026-11-22', String(index).padStart(4, '0').repeat(200)],
                add: { a: 1 },
              }))
            : [{ row: ['2026-11-22', sku], add: { a: 1 } }],
        ),
    };
    const world = await open([revenue, flood]);
    const { writer } = world.process();
    const events = [order([['a', 1, 5]]), order([['flood', 1, 5]]), order([['b', 1, 5]])];
    const { failed } = await writer.apply(events);
    expect(failed.map(({ id }) => id)).toEqual([events[1]!.id]);
    expect(isUnreachable(failed[0]!.error)).toBe(false);
    expect(await world.stored(revenue, ['tenant-1'])).toEqual(folded(events, revenue));
  });

  it('of which DynamoDB takes nothing for a build that nobody reads is in the journal all the same, before it is acknowledged', async () => {
    const second: Projection = { ...charges, version: 2 };
    const world = await open([revenue, charges, second]);
    await world.process({ projections: [revenue] }).writer.canApply();
    const refused = Object.assign(new Error('refused'), { name: 'ValidationException' });
    const refusing = interceptSends(world.documents, (command, answer) =>
      JSON.stringify(command.input).includes(`"${world.prefix}-${charges.table}"`) ? Promise.reject(refused) : answer(),
    );
    const { writer, control, refusals } = world.process({ dynamo: refusing });
    await writer.canApply();
    expect((await control.read())!.projections['charges']).toMatchObject({ building: 'charges@2.1' });
    const event = charge(500);
    expect(await writer.apply([event])).toEqual({ failed: [], applied: 0 });
    expect((await world.items(world.names.journal)).map(({ sk }) => sk)).toEqual([`EVENT#${event.id}`]);
    expect(await refusals.count('charges@2.1')).toBe(1);
    // The journal is what it is acknowledged for.
    const away = interceptSends(world.documents, (command, answer) =>
      command.constructor.name === 'TransactWriteItemsCommand' ? Promise.reject(refused) : answer(),
    );
    const lost = charge(700);
    expect((await world.process({ dynamo: away }).writer.apply([lost])).failed).toMatchObject([{ id: lost.id }]);
  });

  it('that DynamoDB does not take for a build which nobody reads is acknowledged, counted elsewhere and in the journal', async () => {
    const fields = { table: 'test-flood', dimensions: ['date', 'sku'], shards: 1, everyone: false, packed: 2 };
    const calm: Projection = { ...revenue, ...fields, name: 'flood', project: () => [] };
    const names = Array.from({ length: 1200 }, (_, index) => String(index).padStart(4, '0').repeat(200));
    const flood: Projection = {
      ...{ ...calm, version: 2, events: [...calm.events, 'charge.succeeded.v1'] },
      project: () => names.map((name) => ({ row: ['2026-11-22', name], add: { a: 1 } })),
    };
    const world = await open([revenue, calm, flood]);
    await world.process({ projections: [revenue, calm] }).writer.canApply();
    const { writer, control, refusals } = world.process();
    await control.change((now) => registerRebuild(now!, 'flood', 2));
    // The second one is heard by the flood alone.
    const events = [order([['a', 1, 5]]), charge(500)];
    expect(await writer.apply(events)).toMatchObject({ failed: [] });
    expect(await world.stored(revenue, ['tenant-1'])).toEqual(folded(events, revenue));
    const journal = await world.items(world.names.journal);
    expect(journal.map(({ sk }) => sk).sort()).toEqual(events.map(({ id }) => `EVENT#${id}`).sort());
    const beside = (await world.items(world.names.marks)).map(({ sk }) => sk);
    expect([...marksIn(journal), ...beside]).toContain('revenue@1.1');
    expect(await refusals.count('flood@2.1')).toBeGreaterThan(0);
    // Once readers have it, it is a failure.
    await control.change((now) => switchTo(now!, 'flood@2.1', now!.projections['flood']!.registration!));
    await writer.canApply();
    const late = charge(700);
    expect((await writer.apply([late])).failed).toMatchObject([{ id: late.id }]);
  });
});

describe('a process', () => {
  it('that knew the builds for too long asks again after its commit, and counts what is new before it says done', async () => {
    const world = await open([revenue, skus]);
    await world.process({ projections: [revenue] }).writer.apply([order(lines(1))]);
    const [first, second] = [order(lines(2)), order(lines(3))];
    let now = 0;
    const slow = interceptSends(world.documents, async (command, answer) => {
      const answered = await answer();
      // While the first transaction was under way somebody has begun to build another time, and the time is over.
      if (command.constructor.name === 'TransactWriteItemsCommand' && now === 0) {
        await world.process().control.change((control) => registerRebuild(control!, 'revenue', 1));
        now += controlFreshMs + 1;
      }
      return answered;
    });
    const { writer } = world.process({ dynamo: slow, projections: [revenue], now: () => now });
    expect(await writer.apply([first])).toEqual({ failed: [], applied: 2 });
    expect(await world.stored(revenue, ['tenant-1'], 'revenue@1.2')).toEqual(folded([first], revenue));
    expect(await writer.apply([second])).toEqual({ failed: [], applied: 2 });
    expect(await world.stored(revenue, ['tenant-1'], 'revenue@1.2')).toEqual(folded([first, second], revenue));
  });

  it('without the code of a build does not consume, acknowledges nothing, says so once, and goes on when it may', async () => {
    const world = await open([revenue, charges]);
    await world.process({ projections: [revenue, charges] }).writer.apply([order(lines(1))]);
    const old = world.process({ projections: [revenue] });
    expect(await old.writer.canApply()).toBe(false);
    expect(await old.writer.canApply()).toBe(false);
    expect(world.logs.lines.filter(({ code }) => code === 'UNKNOWN_BUILD')).toHaveLength(1);
    const refusal = await old.writer.apply([order(lines(1))]).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'UNKNOWN_BUILD', builds: ['charges@1.1'] });
    // To a consumer this is "later" and not a failure of the message.
    expect(isUnreachable(refusal)).toBe(true);
    expect(await world.items(world.names.journal)).toHaveLength(1);
    await old.control.change((control) => {
      const { charges: _gone, ...projections } = control!.projections;
      return { control: { ...control!, projections } };
    });
    expect(await old.writer.canApply()).toBe(true);
  });

  it('that finds an unknown build only after its commit does not acknowledge either', async () => {
    const world = await open([revenue, charges]);
    await world.process({ projections: [revenue] }).writer.apply([order(lines(1))]);
    let now = 0;
    const slow = interceptSends(world.documents, async (command, answer) => {
      const answered = await answer();
      if (command.constructor.name === 'TransactWriteItemsCommand') {
        await world.process({ projections: [revenue, charges] }).writer.canApply();
        now += controlFreshMs + 1;
      }
      return answered;
    });
    const event = order(lines(1));
    const { failed } = await world
      .process({ dynamo: slow, projections: [revenue], now: () => now })
      .writer.apply([event]);
    expect(failed).toMatchObject([{ id: event.id, error: { code: 'UNKNOWN_BUILD' } }]);
  });

  it('whose event is refused fails with it, also when nothing of it was to be counted', async () => {
    const world = await open([revenue]);
    const refused = Object.assign(new Error('refused'), { name: 'ValidationException' });
    const refusing = interceptSends(world.documents, (command, answer) =>
      command.constructor.name === 'TransactWriteItemsCommand' ? Promise.reject(refused) : answer(),
    );
    const events = [charge(500), order(lines(1)), charge(700)];
    const { failed } = await world.process({ dynamo: refusing }).writer.apply(events);
    expect(failed.map(({ id }) => id).sort()).toEqual(events.map(({ id }) => id).sort());
  });

  it.each([
    ['has no such table', new ResourceNotFoundException({ message: 'no table', $metadata: { httpStatusCode: 400 } })],
    [
      'lets nobody in',
      Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } }),
    ],
    ['is not set up', new SetupError('no table')],
  ])(
    'whose store %s says "later", which is no failure of a message, and writes nothing twice',
    async (_what, error) => {
      const world = await open([revenue]);
      let sent = 0;
      const missing = interceptSends(world.documents, (command, answer) => {
        if (command.constructor.name !== 'TransactWriteItemsCommand') return answer();
        sent += 1;
        return Promise.reject(error);
      });
      const { failed } = await world.process({ dynamo: missing }).writer.apply([order(lines(1)), order(lines(1))]);
      expect(failed).toHaveLength(2);
      for (const { error: told } of failed) {
        expect(isUnreachable(told)).toBe(true);
        expect(told).toMatchObject({ cause: error });
      }
      expect(sent).toBe(1);
    },
  );

  it('that was suspended asks again after its commit, although its own clock stood still', async () => {
    const world = await open([revenue]);
    let wall = Date.now();
    const event = order(lines(2));
    const suspended = interceptSends(world.documents, async (command, answer) => {
      const answered = await answer();
      if (command.constructor.name === 'TransactWriteItemsCommand' && wall <= Date.now()) {
        await world.process().control.change((control) => registerRebuild(control!, 'revenue', 1));
        wall += 60 * 60_000;
      }
      return answered;
    });
    const { writer } = world.process({ dynamo: suspended, now: () => 0, clock: () => new Date(wall) });
    await writer.canApply();
    expect(await writer.apply([event])).toEqual({ failed: [], applied: 2 });
    expect(await world.stored(revenue, ['tenant-1'], 'revenue@1.2')).toEqual(folded([event], revenue));
  });
});

describe('what readers are told', () => {
  it('is the newest event that is counted, also when it comes late or again, and whoever counted it', async () => {
    const world = await open([revenue]);
    const { writer, reader } = world.process();
    const at = (timestamp: string) => order(lines(1), { timestamp, id: v7() });
    await writer.canApply();
    expect(await reader.snapshot('revenue')).toMatchObject({ live: 'revenue@1.1', newestEventAt: null, lagMs: null });
    const newest = at('2026-11-22T10:00:00Z');
    const later = world.process({ clock: () => new Date('2026-11-22T10:00:00.250Z') });
    await later.writer.apply([newest, at('2026-11-22T09:00:00.000Z')]);
    expect(await reader.snapshot('revenue')).toMatchObject({ newestEventAt: '2026-11-22T10:00:00.000Z', lagMs: 250 });
    await world.process().writer.apply([at('2026-11-22T09:59:00.000Z'), newest]);
    expect(await reader.snapshot('revenue')).toMatchObject({ newestEventAt: '2026-11-22T10:00:00.000Z', lagMs: 250 });
    await expect(reader.snapshot('nothing')).rejects.toMatchObject({ code: 'PROJECTION_BUILDING' });
  });

  it('is never later than now: an event of a clock that is ahead does not hold it there', async () => {
    const world = await open([revenue]);
    const { reader } = world.process();
    const at = (timestamp: string) => order(lines(1), { timestamp, id: v7() });
    for (const [now, timestamp] of [
      ['2026-11-22T10:00:00.000Z', '2027-01-01T00:00:00.000Z'],
      ['2026-11-22T10:00:01.000Z', '2026-11-22T10:00:00.900Z'],
    ] as const) {
      await world.process({ clock: () => new Date(now) }).writer.apply([at(timestamp)]);
      const newestEventAt = now < timestamp ? now : timestamp;
      expect(await reader.snapshot('revenue')).toMatchObject({ newestEventAt });
    }
  });

  it('is written once for batches that end together, and is the newest of all of them when they are done', async () => {
    const world = await open([revenue]);
    let writes = 0;
    const counting = interceptSends(world.documents, (command, answer) => {
      if (command.constructor.name === 'UpdateCommand') writes += 1;
      return answer();
    });
    const { writer, reader } = world.process({ dynamo: counting });
    await writer.canApply();
    const times = Array.from({ length: 40 }, (_, n) =>
      new Date(Date.UTC(2026, 10, 22, 10, 0, (n * 7) % 40)).toISOString(),
    );
    await Promise.all(times.map((timestamp) => writer.apply([order(lines(1), { timestamp })])));
    expect(await reader.snapshot('revenue')).toMatchObject({ newestEventAt: '2026-11-22T10:00:39.000Z' });
    expect(writes).toBeLessThan(30);
  });

  it('is exact beyond the numbers of JavaScript, in the order of keys, of the days that were asked for', async () => {
    const world = await open([revenue]);
    const { writer, reader } = world.process();
    const most = Number.MAX_SAFE_INTEGER;
    const events = ['2026-11-21', '2026-11-22', '2026-11-22', '2026-11-23', '2026-12-01'].flatMap((day) =>
      ['EUR', 'CZK'].map((currency) => order([['a', 1, most]], { day, currency })),
    );
    await writer.apply(events);
    const read = async (tenant: string | undefined) => {
      const query = { projection: 'revenue', build: 'revenue@1.1', tenant, from: '2026-11-22', to: '2026-11-23' };
      const rows = [];
      for await (const row of reader.rows(query)) rows.push(row);
      return rows;
    };
    const expected = [
      { row: ['2026-11-22', 'CZK'], measures: { gross_cents: 2n * BigInt(most), orders: 2n } },
      { row: ['2026-11-22', 'EUR'], measures: { gross_cents: 2n * BigInt(most), orders: 2n } },
      { row: ['2026-11-23', 'CZK'], measures: { gross_cents: BigInt(most), orders: 1n } },
      { row: ['2026-11-23', 'EUR'], measures: { gross_cents: BigInt(most), orders: 1n } },
    ];
    expect(await read('tenant-1')).toEqual(expected);
    expect(await read(undefined)).toEqual(expected);
    expect(await read('tenant-2')).toEqual([]);
  });

  it('is in the metrics: how late each event could be read, once', async () => {
    const world = await open([revenue, charges]);
    const metrics = createMetrics({ service: 'reporting', processMetrics: false });
    const { writer } = world.process({ metrics, clock: () => new Date('2026-11-22T10:00:00.120Z') });
    const event = order(lines(1), { timestamp: '2026-11-22T10:00:00.000Z' });
    await writer.apply([event]);
    await writer.apply([event]);
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/atlas_projection_lag_seconds_bucket\{le="0.1",service="reporting",projection="revenue"\} 0/);
    expect(text).toMatch(
      /atlas_projection_lag_seconds_bucket\{le="0.125",service="reporting",projection="revenue"\} 1/,
    );
    expect(text).toMatch(/atlas_projection_events_total\{projection="revenue",service="reporting"\} 1/);
  });
});

leakCheck();
