import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';
import { type BusyUsers, limitsForBusyUsers, startBusyUsers } from './busy-users.ts';

const users = 50;
const replicas = ['gateway-1', 'gateway-2', 'gateway-3'];

describe(`three gateways behind a balancer, ${users} users who send without pause`, () => {
  let system: System;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-replicas-'));
    system = await startSystem({
      dir,
      mode: 'test',
      temporary: true,
      replicas: { gateway: replicas.length },
      env: limitsForBusyUsers,
    });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  /** Resolves when that many more requests have been answered: the users are at work, whatever the replicas do. */
  async function moreAnswers(busy: BusyUsers, count: number): Promise<void> {
    const before = busy.answered();
    await eventually(() => busy.answered() >= before + count, { timeoutMs: 60_000, everyMs: 20 });
  }

  test('each restarted in turn by SIGTERM: no request fails, nobody is signed out', async () => {
    const busy = await startBusyUsers(system.env['GATEWAY_URL']!, { count: users });
    await moreAnswers(busy, 200);
    for (const replica of replicas) {
      const before = system.pid(replica);
      await system.restart(replica);
      expect(system.pid(replica)).not.toBe(before);
      await moreAnswers(busy, 200);
    }
    const failures = await busy.stop();
    console.info(`SIGTERM: ${busy.answered()} answered, ${failures.length} failed`);
    expect(failures).toEqual([]);
    expect(await busy.signedIn()).toBe(users);
  }, 240_000);

  test('each killed in turn by SIGKILL: only what it had in hand fails, nobody is signed out', async () => {
    const busy = await startBusyUsers(system.env['GATEWAY_URL']!, { count: users });
    await moreAnswers(busy, 200);
    const goneAt = new Map<string, number>();
    for (const replica of replicas) {
      const pid = system.pid(replica);
      expect(system.kill(replica)).toBe(true);
      // Until the kernel has taken the process down, its door still lets connections in that nobody will serve.
      await eventually(() => system.pid(replica) !== pid, { everyMs: 1 });
      goneAt.set(replica, Date.now());
      await moreAnswers(busy, 200);
      await system.ready(replica);
    }
    const failures = await busy.stop();
    console.info(`SIGKILL: ${busy.answered()} answered, ${failures.length} failed`);
    const others = failures.filter(({ outcome, replica, sentAt }) => {
      const gone = goneAt.get(replica ?? '');
      return outcome !== 502 || gone === undefined || sentAt === undefined || sentAt > gone;
    });
    expect(others).toEqual([]);
    // Each user waits for one answer at a time.
    expect(failures.length).toBeLessThanOrEqual(users * replicas.length);
    expect(await busy.signedIn()).toBe(users);
  }, 240_000);
});
