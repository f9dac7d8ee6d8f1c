import { median } from '../statistics.ts';
import type { LaneName, Metric } from './measurement.ts';
import type { Results } from './results.ts';

/** A promise about the numbers, and how it turned out. */
export interface Verdict {
  readonly target: string;
  readonly value: number;
  /** The smallest and the largest of the rounds, each compared within its round. */
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly met: boolean;
}

interface Target {
  readonly target: string;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: '×' | ' ms' | ' MB' | '';
  /** The value that each round gives, and the one that counts: made of the medians of all rounds. */
  readonly value: (take: Take) => number;
}

/** The number of a lane: of one round, or the median of all. */
type Take = (experiment: string, lane: LaneName, metric: Metric) => number;

const rate = 'messagesPerSecond';
const cpu = 'cpuMicrosPerMessage';
const calls = 'apiCallsPer1000';
const peers: LaneName[] = ['raw-drain', 'sqs-consumer-single', 'sqs-consumer-batch', 'message-queue-toolkit'];
const drains = ['drain trivial', 'drain 5 ms', 'drain mixed'];

const targets: Target[] = [
  {
    target: 'trivial handler: messages/s, of the raw loop',
    limit: { atLeast: 0.9 },
    unit: '×',
    value: (take) => take('drain trivial', 'atlas-drain', rate) / take('drain trivial', 'raw-drain', rate),
  },
  {
    target: '5 ms handler: messages/s, of the raw loop',
    limit: { atLeast: 0.85 },
    unit: '×',
    value: (take) => take('drain 5 ms', 'atlas-drain', rate) / take('drain 5 ms', 'raw-drain', rate),
  },
  {
    target: 'mixed handler: messages/s, of the best of the others',
    limit: { atLeast: 3 },
    unit: '×',
    value: (take) =>
      take('drain mixed', 'atlas-drain', rate) / Math.max(...peers.map((peer) => take('drain mixed', peer, rate))),
  },
  {
    target: 'API calls per 1,000 messages (the worst of the three handlers)',
    limit: { atMost: 250 },
    unit: '',
    value: (take) => Math.max(...drains.map((drain) => take(drain, 'atlas-drain', calls))),
  },
  {
    target: 'trivial handler: CPU per message, of the raw loop',
    limit: { atMost: 1.3 },
    unit: '×',
    value: (take) => take('drain trivial', 'atlas-drain', cpu) / take('drain trivial', 'raw-drain', cpu),
  },
  {
    target: '5 ms handler: CPU per message, of the raw loop',
    limit: { atMost: 1.3 },
    unit: '×',
    value: (take) => take('drain 5 ms', 'atlas-drain', cpu) / take('drain 5 ms', 'raw-drain', cpu),
  },
  {
    target: 'publish through the bus: messages/s, of raw PublishBatch',
    limit: { atLeast: 0.9 },
    unit: '×',
    value: (take) => take('publish', 'atlas-bus', rate) / take('publish', 'raw-publish', rate),
  },
  {
    target: 'publish through the outbox, rows to SNS: messages/s, of raw PublishBatch',
    limit: { atLeast: 0.8 },
    unit: '×',
    value: (take) => take('publish', 'atlas-outbox', rate) / take('publish', 'raw-publish', rate),
  },
  {
    target: 'commit to handler, 50 orders/s: p50',
    limit: { atMost: 30 },
    unit: ' ms',
    value: (take) => take('latency', 'latency-handler', 'p50Ms'),
  },
  {
    target: 'commit to handler, 50 orders/s: p99',
    limit: { atMost: 250 },
    unit: ' ms',
    value: (take) => take('latency', 'latency-handler', 'p99Ms'),
  },
  {
    target: 'resident memory after 100,000 messages, of the raw loop',
    limit: { atMost: 1.3 },
    unit: '×',
    value: (take) => take('memory', 'atlas-drain', 'rssMb') / take('memory', 'raw-drain', 'rssMb'),
  },
  {
    target: 'growth of resident memory from message 20,000 to 100,000',
    limit: { atMost: 20 },
    unit: ' MB',
    value: (take) => take('memory', 'atlas-drain', 'growthMb'),
  },
];

/** Says of each target whether it was met; targets whose lanes did not run are left out. */
export function judge(results: Results, roundCount: number): Verdict[] {
  const ofAll: Take = (experiment, lane, metric) => median(results.rounds(experiment, lane, metric));
  const ofRound = (round: number): Take => {
    return (experiment, lane, metric) => results.rounds(experiment, lane, metric)[round] ?? NaN;
  };
  return targets.flatMap(({ target, limit, unit, value: valueOf }) => {
    const value = valueOf(ofAll);
    if (Number.isNaN(value)) return [];
    const rounds = Array.from({ length: roundCount }, (_, round) => valueOf(ofRound(round))).filter(Number.isFinite);
    const met = 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
    const wording = 'atLeast' in limit ? `≥ ${limit.atLeast}${unit}` : `≤ ${limit.atMost}${unit}`;
    return [{ target: `${target} ${wording}`, value, min: Math.min(...rounds), max: Math.max(...rounds), unit, met }];
  });
}
