import { mkdtempSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem } from '@atlas/dev-stack';
import { loadNow } from '../machine.ts';
import { percentile } from '../statistics.ts';
import { type BareExpress, startBareExpress, startFloor } from './bare-express.ts';
import { type Lane, lanes, type LaneName, type Place } from './lanes.ts';
import type { LoadResult } from './open-loop.ts';
import { renderReport } from './report.ts';
import { type Sender, startSender } from './sender.ts';
import { openShoppers, read } from './shop.ts';
import type { Measured, Results } from './targets.ts';

export interface GatewayOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Texts of which one must be in the name of a lane; none means every lane. */
  readonly only: readonly string[];
}

export const wholeRun: GatewayOptions = { rounds: 5, seconds: 10, perSecond: 200, only: [] };
const warmUpMs = 2_000;
/**
 * Before the first round, each lane gets twice its load for a while: V8's threads compile what is hot until a route has had some 15,000
 * requests, which a service has had in its first minutes, and take the processors from the requests meanwhile. In several bursts, and the
 * lanes take turns as they do afterwards: code that was compiled while no connection was ever closed, here or to a service that nobody
 * asks for a while, is thrown away when one is.
 */
const heat = { bursts: 6, burstMs: 6_500, factor: 2 };
const users = 20;
/** Above this load the queue for the processors is longer than what is measured. */
const quietLoad = 1;

/** The lanes that a run with these options has. */
export function lanesFor({ only }: GatewayOptions): readonly Lane[] {
  return lanes.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
}

/** Starts a system of its own, measures every lane in every round, and prints or writes the report. */
export async function runGateway(options: GatewayOptions, signal: AbortSignal): Promise<void> {
  const started = { startedAt: new Date(), loadBefore: loadNow() };
  if (started.loadBefore > quietLoad) {
    console.log(
      `The machine is busy (load ${started.loadBefore.toFixed(1)}): these numbers will tell of its other work.`,
    );
  }
  const dir = mkdtempSync(join(tmpdir(), 'atlas-bench-'));
  const system = await startSystem({ dir, mode: 'test', temporary: true, inMemory: true, env: environment, signal });
  const sender = startSender(signal);
  const servers: BareExpress[] = [];
  try {
    const shoppers = await openShoppers(system.env, users);
    const answered = async (path: string) => [path, await read(system.env, path, shoppers[0]!.cookie)] as const;
    const bare = await startBareExpress(Object.fromEntries([await answered('/flags'), await answered('/orders')]));
    servers.push(bare);
    const floor = await startFloor(system.env);
    servers.push(floor);
    const results = await measure(sender, { env: system.env, bare, floor, shoppers }, options);
    await publish(results, options, started);
  } finally {
    await sender.stop();
    await Promise.all(servers.map((server) => server.stop()));
    await system.stop();
  }
}

/**
 * Limits that so much load from one machine does not reach; each request is counted all the same. And services that wait for messages as
 * long as in production, not for two seconds, as where one watches them die.
 */
const environment = {
  LOG_LEVEL: 'info',
  QUEUE_WAIT_SECONDS: '20',
  SIGN_UPS_PER_HOUR: '100000',
  RATE_LIMIT_USER_PER_MINUTE: '10000000',
  RATE_LIMIT_ADDRESS_PER_MINUTE: '10000000',
};

async function measure(sender: Sender, place: Place, options: GatewayOptions): Promise<Results> {
  const { rounds, seconds, perSecond } = options;
  const chosen = lanesFor(options);
  const results: Partial<Record<LaneName, Measured[]>> = {};
  const burst = { perSecond: perSecond * heat.factor, warmUpMs: heat.burstMs, measuredMs: 0 };
  for (let burstsSent = 0; burstsSent < heat.bursts; burstsSent += 1) {
    for (const lane of chosen) await sender.send(await lane.prepare(place), burst);
  }
  for (let round = 0; round < rounds; round += 1) {
    const first = round % chosen.length;
    for (const lane of [...chosen.slice(first), ...chosen.slice(0, first)]) {
      const load = { perSecond, warmUpMs, measuredMs: seconds * 1000 };
      const measured = summary(await sender.send(await lane.prepare(place), load));
      (results[lane.name] ??= []).push(measured);
      const { p50, p99, lateP99 } = measured;
      const numbers = `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms (sent late: p99 ${lateP99.toFixed(2)} ms)`;
      console.log(`round ${round + 1}/${rounds}  ${lane.name.padEnd(10)} ${numbers}`);
    }
  }
  return results;
}

function summary({ latenciesMs, lateMs }: LoadResult): Measured {
  const [p50, p90, p99, worst] = [0.5, 0.9, 0.99, 1].map((share) => percentile(latenciesMs, share)) as [
    number,
    number,
    number,
    number,
  ];
  return { p50, p90, p99, worst, lateP99: percentile(lateMs, 0.99) };
}

async function publish(results: Results, options: GatewayOptions, started: { startedAt: Date; loadBefore: number }) {
  const { rounds, seconds, perSecond } = options;
  const run = {
    ...started,
    rounds,
    perSecond,
    measuredMs: seconds * 1000,
    warmUpMs,
    heatRequests: (heat.burstMs / 1000) * perSecond * heat.factor * heat.bursts,
    users,
    endedAt: new Date(),
  };
  const report = await renderReport(results, run);
  console.log(`\n${report.tables}`);
  if (JSON.stringify(options) !== JSON.stringify(wholeRun)) return;
  const file = join(import.meta.dirname, '../../RESULTS-gateway.md');
  await writeFile(file, report.whole);
  console.log(`Written to ${file}`);
}
