import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRedis } from '@atlas/platform';
import { captureLogs, eventually, leakCheck, stackVariable, startTcpProxy, testPrefix } from '@atlas/testing';
import type { Redis } from 'ioredis';
import { createOutboundBudget, type OutboundBudgetOptions } from './outbound-budget.ts';

const { logger } = captureLogs();
const open: Redis[] = [];
const children: ChildProcess[] = [];

function budgetOf(options: Partial<OutboundBudgetOptions> & { url?: string } = {}) {
  const { url = stackVariable('REDIS_URL'), ...rest } = options;
  const redis = createRedis({ url, logger, name: 'test', enableAutoPipelining: true });
  open.push(redis);
  return createOutboundBudget({ redis, prefix: testPrefix(), name: 'mail', limit: 2, leaseMs: 5_000, logger, ...rest });
}

/** A third party that answers when it is told to, and knows how many calls it had at a time. */
async function startThirdParty() {
  const calls = new Set<ServerResponse>();
  const seen = { most: 0, answered: 0 };
  const server = createServer((_req, res) => {
    calls.add(res);
    seen.most = Math.max(seen.most, calls.size);
    res.once('close', () => calls.delete(res));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    inFlight: () => calls.size,
    async answerOne() {
      const [call] = calls;
      call!.end('ok');
      await once(call!, 'close');
      seen.answered += 1;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function startReplica(args: {
  prefix: string;
  limit: number;
  leaseMs: number;
  calls: number;
  url: string;
}): ChildProcess {
  const fixture = join(__dirname, '..', 'fixtures', 'calling-process.ts');
  const { prefix, limit, leaseMs, calls, url } = args;
  const child = spawn(process.execPath, [fixture, prefix, `${limit}`, `${leaseMs}`, `${calls}`, url], {
    stdio: 'ignore',
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

afterAll(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await kill(child);
  for (const redis of open) redis.disconnect();
});

/** For what has to wait until processes have started, on a machine that has other things to do. */
const patient = { timeoutMs: 40_000 };
const full = { code: 'BUDGET_FULL', retryAfterMs: expect.any(Number) };

describe('an outbound budget', () => {
  it('has as many slots as it says, and no more', async () => {
    const budget = budgetOf();
    const slots = [await budget.acquire(), await budget.acquire()];
    await expect(budget.acquire()).rejects.toMatchObject(full);
    await slots[0]!.release();
    const third = await budget.acquire();
    await expect(budget.acquire()).rejects.toMatchObject(full);
    await Promise.all([slots[1]!.release(), third.release()]);
  });

  it('has slots of its own for each party', async () => {
    const budget = budgetOf({ limit: 1 });
    const slots = [await budget.acquire({ party: 'a' }), await budget.acquire({ party: 'b' })];
    await expect(budget.acquire({ party: 'a' })).rejects.toMatchObject(full);
    await Promise.all(slots.map((slot) => slot.release()));
  });

  it('lets those who wait in, in the order of their coming', async () => {
    const budget = budgetOf({ limit: 1 });
    const first = await budget.acquire();
    const order: number[] = [];
    const waiting = [1, 2, 3].map((number) => budget.run({ waitMs: 30_000 }, async () => void order.push(number)));
    await first.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it('gives the slot back when the work fails, and says what it said', async () => {
    const budget = budgetOf({ limit: 1 });
    const fail = () => budget.run({ waitMs: 10_000 }, () => Promise.reject(new Error('no such mailbox')));
    await expect(fail()).rejects.toThrow('no such mailbox');
    await expect(fail()).rejects.toThrow('no such mailbox');
  });

  it('is told when somebody does not want to wait any more, and loses no slot by it', async () => {
    const budget = budgetOf({ limit: 1 });
    const slot = await budget.acquire();
    const tired = new AbortController();
    const waiting = budget.acquire({ waitMs: 30_000, signal: tired.signal });
    tired.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(budget.acquire({ signal: tired.signal })).rejects.toThrow('stopping');
    await slot.release();
    // Asked for and not wanted any more while the question was under way.
    const fickle = new AbortController();
    const asked = budget.acquire({ waitMs: 30_000, signal: fickle.signal });
    await Promise.resolve();
    await Promise.resolve();
    fickle.abort(new Error('stopping'));
    await expect(asked).rejects.toThrow('stopping');
    await (await budget.acquire({ waitMs: 1_000 })).release();
  });

  it('keeps the slot of a holder that lives for longer than a lease', async () => {
    const budget = budgetOf({ limit: 1, leaseMs: 1_000 });
    const slot = await budget.acquire();
    // Three leases long, with somebody asking all the time.
    await expect(budget.acquire({ waitMs: 3_000 })).rejects.toMatchObject(full);
    expect(slot.signal.aborted).toBe(false);
    await slot.release();
  });

  it('holds over all processes', async () => {
    const party = await startThirdParty();
    // Longer than a busy machine stands still: this is not about leases that end.
    const shared = { prefix: testPrefix(), limit: 5, leaseMs: 60_000, calls: 5, url: party.url };
    for (let replica = 0; replica < 4; replica += 1) startReplica(shared);
    for (let answered = 0; answered < 60; answered += 1) {
      await eventually(() => party.inFlight() === 5, patient);
      await party.answerOne();
    }
    expect(party.seen).toEqual({ most: 5, answered: 60 });
    await Promise.all(children.splice(0).map(kill));
    await party.close();
  });

  it('gets the slots of a process back that was killed, beside one that lives', async () => {
    const party = await startThirdParty();
    const shared = { prefix: testPrefix(), limit: 4, leaseMs: 1_000, calls: 2, url: party.url };
    const [living, dying] = [startReplica(shared), startReplica(shared)];
    await eventually(() => party.inFlight() === 4, patient);
    const heir = startReplica({ ...shared, calls: 4 });
    await kill(dying);
    await eventually(() => party.inFlight() === 2);
    await eventually(() => party.inFlight() === 4, patient);
    expect(party.seen).toEqual({ most: 4, answered: 0 });
    await Promise.all([living, heir].map(kill));
    await party.close();
  });
});

describe('while Redis is out of reach', () => {
  it('there are no slots, and a holder learns when its lease is over', async () => {
    const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
    const budget = budgetOf({ url: proxy.url, leaseMs: 500 });
    const slot = await budget.acquire();
    await proxy.cut();
    await expect(budget.acquire({ waitMs: 60_000 })).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await eventually(() => slot.signal.aborted);
    expect(slot.signal.reason).toMatchObject({ code: 'BUDGET_LEASE_LOST' });
    await slot.release();
    await proxy.restore();
    await eventually(async () => (await budget.acquire()).release());
    open.pop()!.disconnect();
    await proxy.close();
  });
});

leakCheck();
