import { KIND_NAMES, type Kind } from '../kinds.ts';
import type { Facts, Shape } from './facts.ts';
import { KEYS, SAID, SHARED_NAMES, STORED, type Word, words } from './vocabulary.ts';

type Weights = Partial<Record<Kind, number>>;

/** What each way of being used speaks for. Whole numbers: in whatever order they are added, the sum is the same. */
const SHAPES: Record<Shape, Weights> = {
  map: { cache: 5 },
  list: { cache: 5, queue: 2 },
  number: { counter: 6 },
  scalar: { cache: 3 },
  boolean: { counter: 3, lock: 2 },
  guarded: { lock: 4 },
  timer: { queue: 16 },
  counted: { counter: 9 },
  'counted-by-key': { 'rate-limit': 4, counter: 7 },
  limited: { 'rate-limit': 3 },
  failures: { lock: 20 },
  fifo: { queue: 16 },
  promise: { lock: 14 },
  connection: { 'event-bus': 22 },
  function: { 'event-bus': 9 },
  client: { 'client-pool': 22 },
  toggled: { lock: 14 },
  switch: { 'feature-flags': 7 },
  switches: { 'feature-flags': 10 },
  fetched: { cache: 5 },
  given: { counter: 4 },
  time: { cache: 1 },
  'only-time': {},
  window: { cache: 2, 'rate-limit': 2 },
  'random-key': { session: 7 },
  'random-value': { session: 7 },
  'random-choice': { 'feature-flags': 18 },
  'first-time': { idempotency: 11 },
  // Nobody looks that up: no cache.
  released: {},
  marks: { cache: -4, idempotency: 2 },
};

/** Several at once say more than each alone. */
const TOGETHER: readonly (readonly [readonly Shape[], Weights])[] = [
  [['counted-by-key', 'limited'], { 'rate-limit': 7 }],
  [['counted-by-key', 'window'], { 'rate-limit': 7 }],
  [['random-key', 'time'], { session: 5 }],
  [['first-time', 'released'], { lock: 14 }],
  // Not so soon again.
  [['first-time', 'marks', 'window'], { 'rate-limit': 14 }],
];

const STATUSES: Readonly<Record<number, Weights>> = {
  401: { session: 8 },
  403: { 'rate-limit': 4, session: 2 },
  409: { lock: 7, idempotency: 3 },
  423: { lock: 12 },
  429: { 'rate-limit': 18 },
  503: { lock: 4 },
};

/** The kind that most speaks for; the earlier one of the list where two are equal. */
export function classify(facts: Facts): Kind {
  const score = new Map<Kind, number>();
  const add = (weights: Weights) => {
    for (const [kind, weight] of Object.entries(weights))
      score.set(kind as Kind, (score.get(kind as Kind) ?? 0) + weight);
  };
  const read = (rules: readonly Word[], text: string) => {
    for (const [kind, pattern, weight] of rules) if (pattern.test(text)) add({ [kind]: weight });
  };
  const { shape } = facts;
  const isTable = shape.has('map') || shape.has('list');
  for (const one of shape) add(SHAPES[one]);
  if (shape.has('given') && !isTable) add({ counter: 3 });
  for (const [all, weights] of TOGETHER) if (all.every((one) => shape.has(one))) add(weights);
  for (const status of facts.statuses) add(STATUSES[status] ?? {});
  if (isTable) read(KEYS, facts.keys);
  read(STORED, facts.stored);
  read(SAID, facts.said);
  read(SHARED_NAMES, words(facts.name));
  const order = (kind: Kind) => KIND_NAMES.indexOf(kind);
  const [best] = [...score].sort((a, b) => b[1] - a[1] || order(a[0]) - order(b[0]));
  return best?.[0] ?? 'cache';
}
