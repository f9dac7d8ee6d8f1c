import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { eventually, leakCheck } from '@atlas/testing';
import { registerRebuild } from '../control/control.domain.ts';
import { BuildFailedError, ProjectionBuildingError, ProjectionRefusedError, UnknownBuildError } from '../errors.ts';
import { projectionTableNames } from '../tables.ts';
import { createJournalScan } from './journal-scan.ts';
import {
  openRebuildWorld,
  order,
  type Process,
  type RebuildWorld,
  sales,
  seen,
  seenLive,
} from './rebuild-world.fixture.ts';

let world: RebuildWorld;
beforeAll(async () => {
  world = await openRebuildWorld();
});
afterAll(() => world.close());

const orders = (count: number, cents = 100) => Array.from({ length: count }, () => order(cents));
const stateOf = async ({ control }: Process) => (await control.read())!.projections['sales']!;
const summedUp = (gross: number, count: number) => ({
  '2026-11-22 EUR': { gross_cents: BigInt(gross), orders: BigInt(count) },
});

describe('a rebuild', () => {
  it('counts the whole journal beside the live build, then gives it to readers in one step', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(120));
    const reports: string[] = [];
    const report = await service.rebuilds.rebuild('sales', {
      onProgress: ({ build, scanned, total, walking }) => {
        expect(scanned).toBeLessThanOrEqual(total);
        reports.push(`${build} ${walking}`);
      },
    });
    expect(report).toMatchObject({ build: 'sales@1.2', outcome: 'switched', resumed: false, applied: 120 });
    expect(new Set(reports)).toEqual(new Set(['sales@1.2 here']));
    expect(await stateOf(service)).toEqual({
      ...{ live: 'sales@1.2', previous: 'sales@1.1', discarded: [], highest: { 1: 2 } },
    });
    expect(await seen(service, 'sales@1.2')).toEqual(summedUp(12_000, 120));
    expect(await seen(service, 'sales@1.2', undefined)).toEqual(await seen(service, 'sales@1.1', undefined));
    const { newestEventAt } = await service.reader.snapshot('sales');
    expect(newestEventAt).toBe('2026-11-22T10:00:01.000Z');
  });

  it('of a changed function gives the new figures, and a process of old code reads them and stops counting', async () => {
    const prefix = await world.newPlace();
    const clock = { ms: 0 };
    const old = world.process(prefix, [sales(1)], { now: () => clock.ms });
    const fresh = world.process(prefix, [sales(1), sales(2, (cents) => cents * 2)]);
    await old.writer.apply(orders(30));
    const { build } = await fresh.rebuilds.rebuild('sales');
    expect(build).toBe('sales@2.1');
    expect(await old.writer.canApply()).toBe(false);
    clock.ms += 2_001;
    await expect(old.writer.apply(orders(1))).rejects.toThrow(UnknownBuildError);
    expect(world.logs.lines.filter(({ code }) => code === 'UNKNOWN_BUILD')).toHaveLength(1);
    await fresh.writer.apply(orders(1));
    expect(await seenLive(old)).toEqual(summedUp(6_200, 31));
  });

  it('has the events in that a process counted which did not know of it yet', async () => {
    const prefix = await world.newPlace();
    const unaware = world.process(prefix, [sales(1)]);
    await unaware.writer.apply(orders(5));
    const probe = async (step: string) => {
      // After the registration, where the journal has been read, and at the last moment before the switch: had the walk not waited before it read,
      // the process would count the latter two for the live build alone, and nobody would come by their places again.
      if (['rebuild.registered', 'rebuild.pass-walked', 'rebuild.complete'].includes(step)) {
        await unaware.writer.apply(orders(5));
      }
    };
    const operator = world.process(prefix, [sales(1)], { probe, timing: { unawareMs: 2_500, saveMs: 50 } });
    expect(await operator.rebuilds.rebuild('sales')).toMatchObject({ outcome: 'switched' });
    expect(await seen(operator, 'sales@1.2')).toEqual(summedUp(2_000, 20));
  });

  it('that meets events which it cannot count leaves readers what they have, says which, and can be cancelled', async () => {
    const prefix = await world.newPlace();
    const broken = sales(2, (cents) => {
      if (cents === 13) throw new Error('thirteen');
      return cents;
    });
    await world.process(prefix, [sales(1)]).writer.apply([...orders(20), order(13)]);
    const service = world.process(prefix, [sales(1), broken]);
    const failed = service.rebuilds.rebuild('sales');
    await expect(failed).rejects.toThrow(BuildFailedError);
    await expect(failed).rejects.toThrow(
      /^sales@2.1 cannot count 1 event of the journal, for example: .*thirteen. Readers/,
    );
    // Live traffic does not suffer from a build that nobody reads.
    expect(await service.writer.apply([order(13)])).toMatchObject({ failed: [] });
    expect(await seenLive(service)).toEqual(summedUp(2_026, 22));
    await service.rebuilds.cancel('sales');
    expect(await stateOf(service)).toMatchObject({ live: 'sales@1.1', discarded: ['sales@2.1'] });
    const mended = world.process(prefix, [sales(1), sales(2)]);
    expect(await mended.rebuilds.rebuild('sales')).toMatchObject({ build: 'sales@2.2', outcome: 'switched' });
    expect(await seenLive(mended)).toEqual(summedUp(2_026, 22));
  });

  it('does not give readers a build that refused an event while it was switched to', async () => {
    const prefix = await world.newPlace();
    const picky = sales(2, (cents) => {
      if (cents === 13) throw new Error('thirteen');
      return cents;
    });
    const service = world.process(prefix, [sales(1), picky]);
    await world.process(prefix, [sales(1)]).writer.apply(orders(20));
    await service.control.change((now) => registerRebuild(now!, 'sales', 2));
    let failed = 0;
    const probe = async (step: string) => {
      // The journal has been read to its end.
      if (step === 'rebuild.before-switch') failed += (await service.writer.apply([order(13)])).failed.length;
    };
    const operator = world.process(prefix, [sales(1), picky], { probe });
    await service.writer.canApply();
    await expect(operator.rebuilds.rebuild('sales')).rejects.toThrow(/sales@2.1 cannot count 1 event .*thirteen/);
    expect(failed).toBe(0);
    expect((await stateOf(service)).live).not.toBe('sales@2.1');
    expect((await seenLive(service))['2026-11-22 EUR']!['orders']).toBe(21n);
    // The declaration is mended: the same build has everything then, and is given to readers.
    const mended = world.process(prefix, [sales(1), sales(2)]);
    expect(await mended.rebuilds.rebuild('sales')).toMatchObject({ build: 'sales@2.1', outcome: 'switched' });
    expect((await seenLive(mended))['2026-11-22 EUR']!['orders']).toBe(21n);
  });

  it('that was switched to since a process has last looked makes that process say that it cannot count', async () => {
    const prefix = await world.newPlace();
    const picky = sales(2, (cents) => {
      if (cents === 13) throw new Error('thirteen');
      return cents;
    });
    // It goes on knowing what it knew when the build was registered.
    const service = world.process(prefix, [sales(1), picky], { now: () => 0 });
    await world.process(prefix, [sales(1)]).writer.apply(orders(3));
    await service.control.change((now) => registerRebuild(now!, 'sales', 2));
    await service.writer.canApply();
    await world.process(prefix, [sales(1), picky]).rebuilds.rebuild('sales');
    const event = order(13);
    expect((await service.writer.apply([event])).failed).toMatchObject([{ id: event.id }]);
  });

  it('tells the newest event by its moment, however its producer writes it', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    // As text, the first of them is the last: "Z" comes after ".".
    const at = (timestamp: string) => ({ ...order(100), timestamp });
    await service.writer.apply([at('2026-11-22T10:00:01Z'), at('2026-11-22T10:00:01.500Z')]);
    const journal = createJournalScan({ dynamo: world.dynamo, tableName: projectionTableNames(prefix).journal });
    const whole = { segment: 0, segments: 1, events: ['order.completed.v1'] } as const;
    expect((await journal.page(whole)).newestEventAt).toBe('2026-11-22T10:00:01.500Z');
  });

  it('asked for twice at once is walked by one, and both see its end', async () => {
    const prefix = await world.newPlace();
    const [one, other] = [world.process(prefix, [sales(1)]), world.process(prefix, [sales(1)])];
    await one.writer.apply(orders(200));
    const walking = new Set<string>();
    const onProgress = (who: string) => (progress: { walking: string }) => {
      if (progress.walking === 'here') walking.add(who);
    };
    const reports = await Promise.all([
      one.rebuilds.rebuild('sales', { onProgress: onProgress('one') }),
      other.rebuilds.rebuild('sales', { onProgress: onProgress('other') }),
    ]);
    expect(walking.size).toBe(1);
    expect(reports.map(({ outcome }) => outcome)).toEqual(['switched', 'switched']);
    expect(new Set(reports.map(({ build }) => build))).toEqual(new Set(['sales@1.2']));
    expect(await stateOf(one)).toMatchObject({ live: 'sales@1.2', highest: { 1: 2 } });
    expect(await seenLive(one)).toEqual(summedUp(20_000, 200));
  });

  it('that is interrupted is taken up by the next one at once, where it was', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(200));
    const interrupt = new AbortController();
    const first = await service.rebuilds.rebuild('sales', {
      signal: interrupt.signal,
      onProgress: ({ applied }) => applied > 0 && interrupt.abort(),
    });
    expect(first).toMatchObject({ build: 'sales@1.2', outcome: 'interrupted' });
    expect(await seenLive(service)).toEqual(summedUp(20_000, 200));
    const patient = world.process(prefix, [sales(1)], { timing: { abandonedMs: 60_000 } });
    const second = await patient.rebuilds.rebuild('sales');
    expect(second).toMatchObject({ build: 'sales@1.2', outcome: 'switched', resumed: true, applied: 200 });
    expect(await seenLive(service)).toEqual(summedUp(20_000, 200));
  });

  it('does not trust a walk that code of before began, maybe before every process knew of the build', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(30));
    const killed = world.process(prefix, [sales(1)], {
      probe: (step) => {
        if (step === 'rebuild.claimed') throw new Error('killed');
      },
    });
    await expect(killed.rebuilds.rebuild('sales')).rejects.toThrow('killed');
    // At the end of the journal, says the walk, and does not say when it began.
    const walk = { Key: { pk: 'WALK', sk: 'sales@1.2' }, TableName: projectionTableNames(prefix).control };
    const { Attributes } = await world.dynamo.send(
      new UpdateCommand({
        ...{ ...walk, UpdateExpression: 'REMOVE walk.settled, holder SET walk.#parts = :done' },
        ...{
          ExpressionAttributeNames: { '#parts': 'segments' },
          ExpressionAttributeValues: { ':done': [{ done: true }] },
        },
        ReturnValues: 'ALL_OLD',
      }),
    );
    expect(Attributes).toMatchObject({ walk: { settled: true } });
    expect(await service.rebuilds.rebuild('sales')).toMatchObject({ outcome: 'switched', applied: 30 });
    expect(await seenLive(service)).toEqual(summedUp(3_000, 30));
  });

  it('is refused of what is not declared, and where nothing was ever consumed', async () => {
    const service = world.process(await world.newPlace(), [sales(1)]);
    await expect(service.rebuilds.rebuild('nonsense')).rejects.toThrow(
      'declares no projection "nonsense". Declared: sales.',
    );
    await expect(service.rebuilds.rebuild('sales')).rejects.toThrow(ProjectionRefusedError);
  });
});

describe('a roll-back', () => {
  it('counts what has happened since, and gives readers the build of before', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1), sales(2, (cents) => cents * 2)]);
    const before = world.process(prefix, [sales(1)]);
    await before.writer.apply(orders(10));
    await service.rebuilds.rebuild('sales');
    await service.writer.canApply();
    await service.writer.apply(orders(10));
    expect(await seen(service, 'sales@1.1')).toEqual(summedUp(1_000, 10));
    const back = await service.rebuilds.rollback('sales');
    expect(back).toMatchObject({ build: 'sales@1.1', outcome: 'switched', applied: 10 });
    expect(await seenLive(service)).toEqual(summedUp(2_000, 20));
    expect(await stateOf(service)).toMatchObject({ live: 'sales@1.1', previous: 'sales@2.1', discarded: [] });
    // And forth: the walk of the first build of 2.1 is over and forgotten.
    await service.writer.canApply();
    await service.writer.apply(orders(1));
    expect(await service.rebuilds.rollback('sales')).toMatchObject({
      build: 'sales@2.1',
      outcome: 'switched',
      applied: 1,
    });
    expect(await seenLive(service)).toEqual(summedUp(4_200, 21));
  });

  it('ends what readers had begun with the build of before: it has some of what came since, also when it is given up', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(3));
    await service.rebuilds.rebuild('sales');
    const reads = async () => [
      (await service.reader.snapshot('sales')).previous,
      await service.reader.isReadable('sales', 'sales@1.1'),
    ];
    expect(await reads()).toEqual(['sales@1.1', true]);
    const giveUp = async (step: string) => {
      if (step !== 'rebuild.claimed') return;
      expect(await reads()).toEqual([undefined, false]);
      await service.rebuilds.cancel('sales');
    };
    const operator = world.process(prefix, [sales(1)], { probe: giveUp });
    expect(await operator.rebuilds.rollback('sales')).toMatchObject({ outcome: 'cancelled' });
    expect(await reads()).toEqual([undefined, false]);
    expect(await service.rebuilds.rollback('sales')).toMatchObject({ outcome: 'switched' });
    expect(await service.reader.snapshot('sales')).toMatchObject({ live: 'sales@1.1', previous: 'sales@1.2' });
  });

  it('is refused where there is nothing to go back to, and while something else is built', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(1));
    await expect(service.rebuilds.rollback('sales')).rejects.toThrow('no earlier build');
  });
});

describe('a projection that is added to a running system', () => {
  const visits = { ...sales(1), name: 'visits', table: 'visits' };

  it('is built by the service itself, by one of its replicas, and not read before', async () => {
    const prefix = await world.newPlace([sales(1), visits]);
    const old = world.process(prefix, [sales(1)]);
    await old.writer.apply(orders(50));
    const replicas = [1, 2].map(() => world.process(prefix, [sales(1), visits]));
    await Promise.all(replicas.map(({ writer }) => writer.canApply()));
    await expect(replicas[0]!.reader.snapshot('visits')).rejects.toThrow(ProjectionBuildingError);
    expect(await old.writer.canApply()).toBe(false);
    for (const { firstBuilds } of replicas) firstBuilds.start();
    await replicas[1]!.writer.apply(orders(5));
    await untilLive(replicas[0]!, 'visits');
    await Promise.all(replicas.map(({ firstBuilds }) => firstBuilds.stop()));
    const report = await replicas[0]!.verify('visits@1.1');
    expect(report).toMatchObject({ events: 55, wrong: [], uncounted: [], moving: 0 });
  });

  it('and taken out again does not keep old code from counting once it is retired', async () => {
    const prefix = await world.newPlace([sales(1), visits]);
    await world.process(prefix, [sales(1), visits]).writer.apply(orders(1));
    const old = world.process(prefix, [sales(1)]);
    expect(await old.writer.canApply()).toBe(false);
    await old.rebuilds.retire('visits');
    expect(await old.writer.canApply()).toBe(true);
    expect(await old.writer.apply(orders(1))).toMatchObject({ applied: 1, failed: [] });
  });
});

describe('dropping', () => {
  it('deletes the rows of that build alone, and with them the way back', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply([...orders(5), order(100, { tenantId: 'sales@1.1' })]);
    await service.rebuilds.rebuild('sales');
    await expect(service.drop('sales@1.2')).rejects.toThrow('sales@1.2 is live');
    expect(await service.drop('sales@1.1')).toEqual({ rows: expect.any(Number), marks: 0 });
    expect(await seen(service, 'sales@1.1')).toEqual({});
    expect(await seenLive(service)).toEqual(summedUp(500, 5));
    expect(await seenLive(service, 'sales@1.1')).toEqual(summedUp(100, 1));
    expect(await stateOf(service)).toEqual({ live: 'sales@1.2', discarded: [], highest: { 1: 2 } });
    await expect(service.rebuilds.rollback('sales')).rejects.toThrow('no earlier build');
    await expect(service.drop('sales@1.1')).rejects.toThrow('There is no build sales@1.1. Builds of sales: sales@1.2.');
  });

  it('takes the marks of that build with it, also when it was ended early, and nothing of a build whose number begins alike', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(3));
    for (let n = 2; n <= 10; n += 1) await service.rebuilds.rebuild('sales');
    expect((await stateOf(service)).live).toBe('sales@1.10');
    await service.drop('sales@1.1');
    const stop = new AbortController();
    const ended = service.drop('sales@1.2', { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(ended).rejects.toThrow('some of sales@1.2 is left. Drop it again');
    // Its rows are gone: the marks are what was left.
    expect(await service.drop('sales@1.2')).toEqual({ rows: 0, marks: 3 });
    expect(await seenLive(service)).toEqual(summedUp(300, 3));
    expect(await service.verify('sales@1.10')).toMatchObject({ events: 3, wrong: [], uncounted: [] });
  });

  it('waits for who walks, so that nothing stays of what is counted until that one knows', async () => {
    const prefix = await world.newPlace();
    const service = world.process(prefix, [sales(1)]);
    await service.writer.apply(orders(60));
    const watching = Promise.withResolvers<void>();
    const now = () => (watching.resolve(), performance.now());
    const operator = world.process(prefix, [sales(1)], { now, timing: { abandonedMs: 60_000 } });
    let dropping: Promise<unknown> | undefined;
    let pages = 0;
    const probe = async (step: string) => {
      if (step !== 'rebuild.page-applied' || (pages += 1) > 1) return;
      await operator.rebuilds.cancel('sales');
      dropping = operator.drop('sales@1.2');
      await Promise.race([dropping, watching.promise]);
    };
    const walker = world.process(prefix, [sales(1)], { probe, timing: { saveMs: 60_000 } });
    expect(await walker.rebuilds.rebuild('sales')).toMatchObject({ outcome: 'cancelled' });
    await dropping;
    expect(pages).toBeGreaterThan(4);
    expect(await seen(service, 'sales@1.2')).toEqual({});
    for await (const marks of service.marks.ofBuild('sales@1.2')) expect(marks).toEqual([]);
  });
});

it('tells how everything is', async () => {
  const prefix = await world.newPlace();
  const service = world.process(prefix, [sales(1), sales(2)]);
  expect(await service.status()).toMatchObject([{ name: 'sales', declared: 2, live: undefined }]);
  await world.process(prefix, [sales(1)]).writer.apply(orders(40));
  const interrupt = new AbortController();
  await service.rebuilds.rebuild('sales', { signal: interrupt.signal, onProgress: () => interrupt.abort() });
  const [status] = await service.status();
  expect(status).toMatchObject({
    ...{ name: 'sales', declared: 2, live: 'sales@1.1', building: 'sales@2.1', unknown: [], retired: false },
    progress: { newestEventAt: '2026-11-22T10:00:01.000Z' },
    walk: { build: 'sales@2.1', taken: false },
  });
  expect((await world.process(prefix, [sales(1)]).status())[0]).toMatchObject({ declared: 1, unknown: ['sales@2.1'] });
});

async function untilLive({ control }: Process, name: string): Promise<void> {
  await eventually(async () => (await control.read())?.projections[name]?.live !== undefined, { timeoutMs: 60_000 });
}

leakCheck();
