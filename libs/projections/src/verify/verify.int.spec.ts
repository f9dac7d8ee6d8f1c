import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { leakCheck } from '@atlas/testing';
import { ProjectionRefusedError } from '../errors.ts';
import { openRebuildWorld, order, type Process, type RebuildWorld, sales } from '../rebuild/rebuild-world.fixture.ts';

let world: RebuildWorld;
let prefix: string;
let service: Process;
beforeAll(async () => {
  world = await openRebuildWorld();
  prefix = await world.newPlace();
  service = world.process(prefix, [sales(1)]);
  await service.writer.apply(Array.from({ length: 60 }, (_, n) => order(n, { tenantId: `tenant-${n % 3}` })));
});
afterAll(() => world.close());

/** Adds to a row as nobody should. */
const tamper = (by: number) =>
  world.dynamo.send(
    new UpdateCommand({
      TableName: `${prefix}-sales`,
      Key: { pk: 'TENANT#tenant-1#sales@1.1#0', sk: '2026-11-22#EUR' },
      UpdateExpression: 'ADD gross_cents :by',
      ExpressionAttributeValues: { ':by': by },
    }),
  );

it('finds nothing wrong with what was counted once', async () => {
  expect(await service.verify('sales@1.1')).toEqual({
    ...{ build: 'sales@1.1', events: 60, rows: 4, wrong: [], moving: 0, uncounted: [] },
  });
});

it('while events are counted all the time it raises no false alarm, and still finds what is wrong', async () => {
  let over = false;
  const traffic = (async () => {
    while (!over) await service.writer.apply([order(5, { tenantId: 'tenant-0' })]);
  })();
  try {
    const quiet = await service.verify('sales@1.1');
    expect(quiet).toMatchObject({ wrong: [], uncounted: [] });
    await tamper(7);
    const { wrong } = await service.verify('sales@1.1');
    expect(wrong).toEqual([
      expect.objectContaining({ pk: 'TENANT#tenant-1#sales@1.1', sk: '2026-11-22#EUR', attribute: 'gross_cents' }),
    ]);
    expect(wrong[0]!.actual - wrong[0]!.expected).toBe(7n);
    await tamper(-7);
  } finally {
    over = true;
    await traffic;
  }
});

it('tells events that a build has not counted from sums that are wrong', async () => {
  await service.rebuilds.rebuild('sales');
  await service.writer.canApply();
  const since = order(1);
  await service.writer.apply([since]);
  expect(await service.verify('sales@1.2')).toMatchObject({ wrong: [], uncounted: [] });
  expect(await service.verify('sales@1.1')).toMatchObject({ wrong: [], uncounted: [since.id] });
});

it('is refused for a version that this code does not declare', async () => {
  await expect(service.verify('sales@9.1')).rejects.toThrow(ProjectionRefusedError);
});

leakCheck();
