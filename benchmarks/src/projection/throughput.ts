import type { Envelope } from '@atlas/event-contracts';
import type { Projection } from '@atlas/projections';
import { projections } from '@atlas/reporting/projections';
import { median } from '../statistics.ts';
import { atlas, type Lane, naive, unsafe } from './lanes.ts';
import { largeOrders, type OrderRow, realOrders, sampleOrders } from './orders.ts';
import { openPlace } from './place.ts';
import type { Section, SectionOptions, Verdict } from './section.ts';

interface Measured {
  readonly perSecond: number;
  /** CPU of this process, without the emulator. */
  readonly cpuMsPerEvent: number;
}

interface Contest {
  readonly name: string;
  /** What is counted; `orders` is the file that was given. */
  readonly title: (orders: string | undefined) => string;
  readonly projections: readonly string[];
  readonly orders: (file: string | undefined) => OrderRow;
  /** The smallest turn of a lane. */
  readonly events: number;
  /** `turns` of that size are one turn of the lane: about as long for every lane. */
  readonly lanes: Readonly<Record<string, { readonly lane: Lane; readonly turns: number }>>;
  readonly verdicts: (
    ratio: (lane: string, to: string) => { value: number; text: string },
    orders: string | undefined,
  ) => Verdict[];
}

const turnsPerRound = 4;

const revenue: Contest = {
  name: 'revenue',
  title: () => 'revenue-daily, made-up orders of eight tenants',
  projections: ['revenue-daily'],
  orders: sampleOrders,
  events: 400,
  lanes: {
    naive: { lane: naive, turns: 1 },
    unsafe: { lane: unsafe, turns: 2 },
    atlas: { lane: atlas, turns: 9 },
  },
  verdicts(ratio) {
    const [naively, unsafely] = [ratio('atlas', 'naive'), ratio('atlas', 'unsafe')];
    return [
      { target: 'revenue-daily: events/s, of the naive loop ≥ 4×', measured: naively.text, met: naively.value >= 4 },
      { target: 'revenue-daily: events/s, of the unsafe loop > 1×', measured: unsafely.text, met: unsafely.value > 1 },
    ];
  },
};

const kindOf = (orders: string | undefined): string => (orders === undefined ? 'made-up' : 'real');

const skus: Contest = {
  name: 'skus',
  title: (orders) => `revenue-daily and revenue-by-sku, ${kindOf(orders)} orders of one tenant`,
  projections: ['revenue-daily', 'revenue-by-sku'],
  orders: (file) => (file === undefined ? largeOrders() : realOrders(file)),
  events: 180,
  lanes: {
    naive: { lane: naive, turns: 1 },
    unsafe: { lane: unsafe, turns: 1 },
    atlas: { lane: atlas, turns: 4 },
  },
  verdicts(ratio, orders) {
    const naively = ratio('atlas', 'naive');
    const target = `with revenue-by-sku on ${kindOf(orders)} orders: events/s, of the naive loop ≥ 1.3×`;
    return [{ target, measured: naively.text, met: naively.value >= 1.3 }];
  },
};

const declared = (names: readonly string[]): Projection[] => projections.filter(({ name }) => names.includes(name));

/**
 * Lanes take turns of a quarter of a round, and each round begins with another one: what else the machine does hits all alike.
 * Every lane goes through the same orders, `turnsPerRound` of the smallest turn, in each round: once, or several times whole.
 */
async function compete(contest: Contest, options: SectionOptions, say: (line: string) => void) {
  const place = await openPlace(contest.name, declared(contest.projections));
  const order = contest.orders(options.orders);
  const turn = Math.max(10, Math.round(contest.events * options.scale));
  const lanes = Object.entries(contest.lanes).map(([name, { lane, turns }]) => {
    return { name, run: lane.prepare(place), count: turn * turns };
  });
  const eventsFrom = (start: number, count: number): Envelope[] =>
    Array.from({ length: count }, (_, index) => order((start + index) % (turn * turnsPerRound)));
  const results: Record<string, Measured[]> = Object.fromEntries(lanes.map(({ name }) => [name, []]));
  try {
    for (const { run } of lanes) await run(eventsFrom(0, 90));
    for (let round = 0; round < options.rounds; round += 1) {
      const sums = new Map(lanes.map(({ name }) => [name, { ms: 0, cpuMs: 0, events: 0 }]));
      for (let step = 0; step < turnsPerRound * lanes.length; step += 1) {
        const { name, run, count } = lanes[(round + step) % lanes.length]!;
        const sum = sums.get(name)!;
        const { ms, cpuMs } = await timed(run, eventsFrom(sum.events, count));
        sum.ms += ms;
        sum.cpuMs += cpuMs;
        sum.events += count;
      }
      for (const [name, { ms, cpuMs, events }] of sums) {
        results[name]!.push({ perSecond: (events / ms) * 1_000, cpuMsPerEvent: cpuMs / events });
      }
      const numbers = Object.entries(results).map(([name, all]) => `${name} ${Math.round(all.at(-1)!.perSecond)}/s`);
      say(`${contest.name.padEnd(10)}  round ${round + 1}/${options.rounds}  ${numbers.join(', ')}`);
    }
  } finally {
    place.close();
  }
  return results;
}

async function timed(run: (events: readonly Envelope[]) => Promise<void>, events: readonly Envelope[]) {
  const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
  await run(events);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms: performance.now() - began, cpuMs: (user + system) / 1_000 };
}

function sectionOf(contest: Contest): Section {
  return {
    name: contest.name,
    async measure(options, say) {
      const results = await compete(contest, options, say);
      const ratio = (lane: string, to: string) => {
        const rounds = results[lane]!.map(({ perSecond }, round) => perSecond / results[to]![round]!.perSecond);
        const [value, least, most] = [median(rounds), Math.min(...rounds), Math.max(...rounds)];
        return { value, text: `${value.toFixed(2)}× (${least.toFixed(2)} to ${most.toFixed(2)})` };
      };
      const rows = Object.entries(results).map(([name, all]) => {
        const [speeds, cpu] = [all.map(({ perSecond }) => perSecond), all.map(({ cpuMsPerEvent }) => cpuMsPerEvent)];
        return `| ${contest.lanes[name]!.lane.title} | ${cell(speeds, 0)} | ${cell(cpu, 3)} |`;
      });
      const table = ['| | events/s | CPU ms/event |', '| --- | ---: | ---: |', ...rows].join('\n');
      const { orders } = options;
      return { markdown: `## ${contest.title(orders)}\n\n${table}`, verdicts: contest.verdicts(ratio, orders) };
    },
  };
}

/** A median with the smallest and the largest. */
export function cell(values: readonly number[], digits: number): string {
  const text = (value: number) =>
    value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

export const revenueSection = sectionOf(revenue);
export const skusSection = sectionOf(skus);
