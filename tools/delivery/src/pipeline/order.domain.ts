/** Who says and who hears what, in one version of the system; keys are those of the topology, `order.completed.v1`. */
export interface Conversation {
  readonly says: Readonly<Record<string, readonly string[]>>;
  readonly hears: Readonly<Record<string, readonly string[]>>;
  /** By key: what a service hears of one domain comes through one queue. */
  readonly domains: Readonly<Record<string, string>>;
}

export interface Deployment {
  /** The apps to deploy. */
  readonly apps: readonly string[];
  /** The version that is deployed. */
  readonly next: Conversation;
  /** The version that each app runs now; absent: it does not run yet, so nobody relies on it. */
  readonly running: Readonly<Record<string, Conversation | undefined>>;
  /** The version that the filters of the queues are of now; absent: there are no queues yet. */
  readonly filters?: Conversation | undefined;
}

/** Three groups, one after the other; the filters of the queues change after `early`. Or why there is no right order. */
export type DeploymentOrder =
  { readonly early: string[]; readonly first: string[]; readonly then: string[] } | { readonly refusals: string[] };

/**
 * Contracts first: who hears a new major is deployed before the producer says it, and who still hears an old one before the
 * producer stops saying it. Who newly hears something in a queue that it has is deployed before the filter lets it in, and who lets go
 * of a queue before it is removed. Refused when such a consumer is not among the apps and does not run in that way already, when an
 * app would have to be both before and after another, or when a consumer changes to a major that is not said yet.
 */
export function deploymentOrder(deployment: Deployment): DeploymentOrder {
  const { apps, next, running } = deployment;
  const before = new Map<string, Set<string>>();
  const { early, refusals } = beforeFilters(deployment);
  refusals.push(...changesTooEarly(next, running));
  const need = (consumer: string, producer: string, reason: string): void => {
    if (consumer === producer) return;
    if (!apps.includes(consumer)) refusals.push(`${consumer} has to be deployed before ${producer}: ${reason}`);
    else before.set(consumer, (before.get(consumer) ?? new Set()).add(producer));
  };
  for (const producer of apps) {
    const now = running[producer]?.says[producer] ?? [];
    const soon = next.says[producer] ?? [];
    if (running[producer] === undefined) continue;
    for (const key of soon.filter((each) => !now.includes(each) && isLaterMajor(each))) {
      for (const consumer of hearersOf(next, key)) {
        if (!hearsAlready(running[consumer], consumer, key)) need(consumer, producer, `it hears ${key}, which is new`);
      }
    }
    for (const key of now.filter((each) => !soon.includes(each))) {
      for (const consumer of Object.keys(running)) {
        if (!hearsAlready(running[consumer], consumer, key)) continue;
        if (next.hears[consumer]?.includes(key)) refusals.push(`${consumer} hears ${key}, which nobody says any more`);
        else need(consumer, producer, `the version of it that runs hears ${key}, which ends`);
      }
    }
  }
  const first = apps.filter((app) => before.has(app) && !early.includes(app));
  for (const app of [...early, ...first]) {
    const between = apps.filter((other) => before.get(other)?.has(app));
    if (between.length > 0)
      refusals.push(`${app} would be before some and after ${between.join(', ')}: make it two changes`);
  }
  if (refusals.length > 0) return { refusals: [...new Set(refusals)] };
  return { early, first, then: apps.filter((app) => !early.includes(app) && !first.includes(app)) };
}

/**
 * Who has to be deployed before topics and queues: what a filter newly lets into a queue that is consumed would reach the version that
 * runs, which makes it a dead letter; and CloudFormation removes no queue that an app uses. In a queue that is new everything waits.
 */
function beforeFilters({ apps, next, running, filters }: Deployment): { early: string[]; refusals: string[] } {
  const early: string[] = [];
  const refusals: string[] = [];
  for (const [consumer, version] of Object.entries(running)) {
    if (filters === undefined || version === undefined) continue;
    const { unknown, goneQueues, against } = changesOfQueues(consumer, { next, version, filters });
    const because = [
      ...unknown.map((key) => `newly hears ${key} in a queue that it has`),
      ...goneQueues.map((domain) => `lets go of its queue of ${domain} events`),
    ].join(', ');
    if (because === '') continue;
    if (!apps.includes(consumer)) refusals.push(`${consumer} has to be deployed as well: it ${because}`);
    else if (against.length === 0) early.push(consumer);
    else refusals.push(`${consumer} ${because}, and ${against.join(', ')}: make it two changes`);
  }
  return { early, refusals };
}

/** What becomes of the queues of one consumer; `against`: why it must not be deployed before them. */
function changesOfQueues(
  consumer: string,
  { next, version, filters }: { next: Conversation; version: Conversation; filters: Conversation },
) {
  const [now, soon] = [filters.hears[consumer] ?? [], next.hears[consumer] ?? []];
  const queuesOf = (of: Conversation) => new Set((of.hears[consumer] ?? []).map((key) => of.domains[key]!));
  const added = soon.filter((key) => !now.includes(key));
  const isKept = (domain = '') => queuesOf(filters).has(domain) && queuesOf(next).has(domain);
  const dropped = now.filter((key) => !soon.includes(key) && isKept(filters.domains[key]));
  const inNewQueue = added.filter((key) => !isKept(next.domains[key]));
  return {
    unknown: added.filter((key) => isKept(next.domains[key]) && !hearsAlready(version, consumer, key)),
    goneQueues: [...queuesOf(filters)].filter((domain) => !isKept(domain) && queuesOf(version).has(domain)),
    against: [
      ...inNewQueue.map((key) => `hears ${key} in a new one`),
      ...dropped.map((key) => `hears ${key} no more, which its queue still brings then`),
    ],
  };
}

/**
 * Filters change before any app: the old major of a consumer that changes from it to a new one would reach nobody until the
 * producer says the new one.
 */
function changesTooEarly(next: Conversation, running: Deployment['running']): string[] {
  return Object.keys(running).flatMap((consumer) => {
    const [now, soon] = [running[consumer]?.hears[consumer] ?? [], next.hears[consumer] ?? []];
    const left = now.filter((key) => !soon.includes(key) && soon.some((other) => eventOf(other) === eventOf(key)));
    return left.flatMap((key) =>
      Object.keys(running)
        .filter((producer) => {
          const says = running[producer]?.says[producer] ?? [];
          return says.includes(key) && !says.some((other) => eventOf(other) === eventOf(key) && soon.includes(other));
        })
        .map((producer) => `${consumer} stops hearing ${key} before ${producer} says what follows it: hear both first`),
    );
  });
}

/** `order.completed` of `order.completed.v1`. */
const eventOf = (key: string): string => key.slice(0, key.lastIndexOf('.'));

const isLaterMajor = (key: string): boolean => !key.endsWith('.v1');

const hearersOf = ({ hears }: Conversation, key: string): string[] =>
  Object.keys(hears).filter((app) => hears[app]!.includes(key));

const hearsAlready = (version: Conversation | undefined, app: string, key: string): boolean =>
  version?.hears[app]?.includes(key) ?? false;
