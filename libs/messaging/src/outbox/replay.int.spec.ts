import { SetupError } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import { createOutboxWorld, idsOf, type OutboxWorld, succeededCharge } from './outbox.fixture.ts';
import { createPostgresEventLog } from './postgres-event-log.ts';
import { createReplay } from './replay.ts';

let world: OutboxWorld;

beforeAll(async () => {
  world = await createOutboxWorld();
});

afterEach(async () => {
  await world.stopRelays();
  await world.take();
  await world.pool.query('DELETE FROM outbox');
});

afterAll(() => world.close());

const longAgo = new Date('2020-01-01T00:00:00Z');

/** Facts that were published and consumed before anybody thought of replaying them. */
async function history(count: number): Promise<string[]> {
  const ids = await world.commit(count);
  await world.pool.query('UPDATE outbox SET published_at = now()');
  return ids;
}

const replay = (request: object) =>
  createReplay({ log: createPostgresEventLog(world.pool), sqs: world.sqs })({
    eventType: 'order.completed',
    since: longAgo,
    to: world.queueName,
    ...request,
  });

describe('replay', () => {
  it('sends every fact of the log, with its id and what SNS delivered with it', async () => {
    await world.startRelay();
    const ids = await world.commit(7);
    await eventually(async () => {
      const { rows } = await world.pool.query('SELECT 1 FROM outbox WHERE published_at IS NULL');
      expect(rows).toEqual([]);
    });
    const comparable = async () =>
      (await world.take())
        .map(({ Body, MessageAttributes }) => ({ Body, MessageAttributes }))
        .sort((a, b) => (a.Body! < b.Body! ? -1 : 1));
    const delivered = await comparable();
    expect(await replay({})).toEqual({ total: 7, sent: 7, refused: [] });
    const replayed = await comparable();
    expect(replayed).toEqual(delivered);
    expect(replayed.map(({ Body }) => JSON.parse(Body!).id).sort()).toEqual(ids.sort());
  });

  it('reads page by page and skips nothing that was made in the same millisecond', async () => {
    const ids = await history(1_234);
    await world.pool.query(`UPDATE outbox SET created_at = '2026-11-22T08:37:00.123Z'`);
    expect(await replay({})).toMatchObject({ total: 1_234, sent: 1_234 });
    expect(idsOf(await world.take()).sort()).toEqual(ids.sort());
  });

  it('begins at `since`, keeps to the type, and leaves out what is parked', async () => {
    const [old, parked, other, wanted] = await history(4);
    const change = (sql: string, id: string | undefined) =>
      world.pool.query(`UPDATE outbox SET ${sql} WHERE id = $1`, [id]);
    await change(`created_at = '2026-01-31T23:59:59.999Z'`, old);
    await change('parked_at = now()', parked);
    await change(`event_type = 'order.other'`, other);
    expect(await replay({ since: new Date('2026-02-01T00:00:00Z') })).toMatchObject({ total: 1, sent: 1 });
    expect(idsOf(await world.take())).toEqual([wanted]);
  });

  it('sends the majors that its consumer can handle', async () => {
    await world.outbox.add((text, values) => world.pool.query(text, values), [succeededCharge()]);
    const charges = { eventType: 'charge.succeeded' };
    expect(await replay({ ...charges, majors: ['v1'] })).toMatchObject({ sent: 1 });
    const [message] = await world.take();
    expect(JSON.parse(message!.Body!)).toMatchObject({ version: '1.0' });
    expect(await replay({ ...charges, dryRun: true })).toMatchObject({ total: 2 });
    expect(await replay({ ...charges, majors: ['v3'] })).toMatchObject({ total: 0, sent: 0 });
  });

  it('only counts in a dry run', async () => {
    await history(3);
    expect(await replay({ dryRun: true })).toEqual({ total: 3, sent: 0, refused: [] });
    expect(await world.take()).toEqual([]);
  });

  it('reports its progress and can be stopped', async () => {
    await history(45);
    const stop = new AbortController();
    const progress: number[] = [];
    const onProgress = ({ sent, total }: { sent: number; total: number }) => {
      expect(total).toBe(45);
      progress.push(sent);
      if (sent === 20) stop.abort();
    };
    expect(await replay({ onProgress, signal: stop.signal })).toEqual({ total: 45, sent: 20, refused: [] });
    expect(progress).toEqual([10, 20]);
    expect(await world.take()).toHaveLength(20);
  });

  it('keeps to `rate`, and a stop ends the wait', async () => {
    await history(30);
    const stop = new AbortController();
    const onProgress = jest.fn();
    const replaying = replay({ rate: 0.001, onProgress, signal: stop.signal });
    await eventually(() => expect(onProgress).toHaveBeenCalledWith({ sent: 10, total: 30 }));
    stop.abort();
    expect(await replaying).toMatchObject({ sent: 10 });
  });

  it('says what is wrong before it sends anything', async () => {
    await history(1);
    await expect(replay({ eventType: 'order.exploded' })).rejects.toMatchObject({ code: 'UNKNOWN_EVENT_TYPE' });
    await expect(replay({ to: `${world.queueName}-typo` })).rejects.toThrow(SetupError);
  });

  it('reports what SQS refuses and goes on with the rest', async () => {
    const [bad] = await history(3);
    await world.pool.query('UPDATE outbox SET envelope = $2 WHERE id = $1', [bad, `{"id":"${bad}","x":"\u0001"}`]);
    expect(await replay({})).toEqual({ total: 3, sent: 2, refused: [{ id: bad, reason: 'InvalidMessageContents' }] });
  });
});

leakCheck();
