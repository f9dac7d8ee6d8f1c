import { z } from 'zod';
import { createArrivals } from './arrivals.ts';
import type { Arrivals } from './arrivals.ts';
import { openJournal } from './journal.ts';
import type { JournalRecord } from './journal.ts';

const deliverySchema = z.object({
  id: z.number().int(),
  hook: z.string(),
  webhook_id: z.string().nullable(),
  type: z.string().nullable(),
  received_at: z.string(),
  /** The status that was answered; null when the connection was left hanging or cut. */
  status: z.number().int().nullable(),
  /** Whether the receiver took the delivery as its own, which it may do and yet be unable to say so. */
  accepted: z.boolean(),
  signature: z.enum(['valid', 'invalid', 'unchecked']),
});
type StoredDelivery = z.infer<typeof deliverySchema>;

/** One request that reached the receiver. */
export type Delivery = StoredDelivery & { size: number };

export interface HookOverview {
  name: string;
  requests: number;
  accepted: number;
  distinct: number;
  doubled: number;
  last_at: string;
}

/** Everything the world's webhook receivers have been sent, by receiver. */
export interface HookStore {
  /** Resolves once the delivery would survive a SIGKILL. */
  add(delivery: Omit<StoredDelivery, 'id' | 'received_at'>, body: Buffer): Promise<void>;
  /** How often a webhook-id was accepted by that receiver. */
  copiesOf(hook: string, webhookId: string): number;
  firstOf(hook: string, webhookId: string): Delivery | undefined;
  overview(): HookOverview[];
  overviewOf(hook: string): HookOverview | undefined;
  /** Newest first. */
  list(query: { hook: string; webhookId?: string | undefined; limit: number; offset?: number }): {
    items: Delivery[];
    total: number;
  };
  doubledOf(hook: string): { webhook_id: string; copies: number }[];
  body(id: number): Promise<Buffer | undefined>;
  readonly arrivals: Arrivals<Delivery>;
  readonly damaged: number;
  close(): Promise<void>;
}

interface HookIndex {
  records: JournalRecord<StoredDelivery>[];
  accepted: number;
  acceptedById: Map<string, JournalRecord<StoredDelivery>[]>;
}

/** Opens the store, with what an earlier process has written to `path` (absent: in memory). */
export async function openHookStore(options: { path?: string | undefined; clock: () => Date }): Promise<HookStore> {
  const hooks = new Map<string, HookIndex>();
  // atlas-local-ok: an index over the journal of the one mail catcher
  const byId = new Map<number, JournalRecord<StoredDelivery>>();
  const arrivals = createArrivals<Delivery>();
  // atlas-local-ok: the last id in the journal of the one mail catcher
  let lastId = 0;

  const journal = await openJournal<StoredDelivery>({
    path: options.path,
    schema: deliverySchema,
    onRecord: (record) => {
      lastId = Math.max(lastId, record.meta.id);
      byId.set(record.meta.id, record);
      index(hooks, record);
      const { hook, webhook_id, accepted } = record.meta;
      arrivals.announce(accepted && webhook_id !== null ? [arrivalKey(hook, webhook_id)] : [], deliveryOf(record));
    },
  });
  const acceptedOf = (hook: string, webhookId: string) => hooks.get(hook)?.acceptedById.get(webhookId) ?? [];

  return {
    add: async (delivery, body) => {
      lastId += 1;
      await journal.append({ ...delivery, id: lastId, received_at: options.clock().toISOString() }, body);
    },
    copiesOf: (hook, webhookId) => acceptedOf(hook, webhookId).length,
    firstOf: (hook, webhookId) => acceptedOf(hook, webhookId).slice(0, 1).map(deliveryOf)[0],
    overview: () => [...hooks].map(([name, hook]) => overviewOf(name, hook)),
    overviewOf: (name) => [hooks.get(name)].flatMap((hook) => (hook ? [overviewOf(name, hook)] : []))[0],
    list: ({ hook, webhookId, limit, offset = 0 }) => {
      const records = hooks.get(hook)?.records ?? [];
      const found = webhookId === undefined ? records : records.filter(({ meta }) => meta.webhook_id === webhookId);
      const end = Math.max(0, found.length - offset);
      const items = found.slice(Math.max(0, end - limit), end).reverse();
      return { items: items.map(deliveryOf), total: found.length };
    },
    doubledOf: (name) => doubled(hooks.get(name)),
    body: async (id) => {
      const record = byId.get(id);
      return record && journal.read(record);
    },
    arrivals,
    damaged: journal.damaged,
    close: journal.close,
  };
}

/** The key under which an accepted delivery is announced; a hook's name holds no space. */
export function arrivalKey(hook: string, webhookId: string): string {
  return `${hook} ${webhookId}`;
}

function deliveryOf({ meta, length }: JournalRecord<StoredDelivery>): Delivery {
  return { ...meta, size: length };
}

function index(hooks: Map<string, HookIndex>, record: JournalRecord<StoredDelivery>): void {
  const { hook: name, webhook_id, accepted } = record.meta;
  const hook: HookIndex = hooks.get(name) ?? { records: [], accepted: 0, acceptedById: new Map() };
  hooks.set(name, hook);
  hook.records.push(record);
  if (!accepted) return;
  hook.accepted += 1;
  if (webhook_id !== null) hook.acceptedById.set(webhook_id, [...(hook.acceptedById.get(webhook_id) ?? []), record]);
}

function doubled(hook: HookIndex | undefined): { webhook_id: string; copies: number }[] {
  return [...(hook?.acceptedById ?? [])]
    .filter(([, records]) => records.length > 1)
    .map(([webhook_id, records]) => ({ webhook_id, copies: records.length }));
}

function overviewOf(name: string, hook: HookIndex): HookOverview {
  return {
    name,
    requests: hook.records.length,
    accepted: hook.accepted,
    distinct: hook.acceptedById.size,
    doubled: doubled(hook).length,
    last_at: hook.records.at(-1)?.meta.received_at ?? '',
  };
}
