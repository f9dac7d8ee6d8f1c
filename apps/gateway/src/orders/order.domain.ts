import { type Currency, formatAmount, type NewPayload } from '@atlas/event-contracts';
import { RejectedError } from '../rejected.domain.ts';
import type { OrderId, TenantId, UserId } from '../ids.domain.ts';

export interface OrderLine {
  readonly sku: string;
  readonly qty: number;
  readonly unitPriceCents: number;
}

/** What an order is made of before it exists. Parsing has checked the lines and their sum. */
export interface OrderContent {
  readonly currency: Currency;
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
}

interface PlacedOrder extends OrderContent {
  readonly orderId: OrderId;
  readonly tenantId: TenantId;
  readonly placedBy: UserId;
  readonly placedAt: Date;
  /** How many facts the order consists of. It becomes the `sequence` of the order's events. */
  readonly version: number;
}

export interface DraftOrder extends PlacedOrder {
  readonly status: 'draft';
}

export interface CompletedOrder extends PlacedOrder {
  readonly status: 'completed';
  readonly completedAt: Date;
}

export type Order = DraftOrder | CompletedOrder;

export interface PlaceOrder {
  readonly orderId: OrderId;
  readonly tenantId: TenantId;
  readonly placedBy: UserId;
  readonly placedAt: Date;
  readonly content: OrderContent;
  /** What the tenant's owner allows; an import does not ask. */
  readonly rules?: OrderRules;
}

export interface OrderRules {
  /** Empty: all. */
  readonly currencies: readonly string[];
  readonly maxLines: number;
}

export interface CompleteOrder {
  readonly completedAt: Date;
  /** Who is named in the event and gets the confirmation. */
  readonly buyer: { readonly userId: UserId; readonly email: string };
}

/** Stays inside the gateway: a draft is nobody else's business. */
export interface OrderPlaced {
  readonly type: 'order.placed';
  readonly placed: PlaceOrder;
}

/** The public fact: its payload is what the contract of `order.completed` promises. */
export interface OrderCompleted {
  readonly type: 'order.completed';
  readonly payload: NewPayload<'order.completed'>;
}

export type OrderFact = OrderPlaced | OrderCompleted;

/**
 * Decides to place an order: it starts as a draft. Throws RejectedError CURRENCY_NOT_ALLOWED or TOO_MANY_LINES, which names
 * the rule, where the tenant's rules do not allow it.
 */
export function place({ rules, ...placed }: PlaceOrder): OrderPlaced {
  if (rules) assertAllowed(placed.content, rules);
  return { type: 'order.placed', placed };
}

/**
 * Decides to complete an order and returns the event that says so. A draft can always be completed; throws
 * RejectedError ORDER_ALREADY_COMPLETED, which names the state, for an order that has been.
 */
export function complete(order: Order, command: CompleteOrder): OrderCompleted {
  if (order.status === 'completed') {
    throw new RejectedError('ORDER_ALREADY_COMPLETED', `Order ${order.orderId} is already completed.`, {
      state: order.status,
      completed_at: order.completedAt.toISOString(),
    });
  }
  return {
    type: 'order.completed',
    payload: {
      order_id: order.orderId,
      user_id: command.buyer.userId,
      user_email: command.buyer.email,
      completed_at: command.completedAt.toISOString(),
      total: formatAmount(order.totalCents, order.currency),
      total_cents: order.totalCents,
      currency: order.currency,
      line_items: order.lines.map((line) => ({
        sku: line.sku,
        qty: line.qty,
        unit_price_cents: line.unitPriceCents,
      })),
    },
  };
}

/** Folds one fact into the order. An order begins with `order.placed`; anything else on nothing is a defect of ours. */
export function evolve(order: undefined, fact: OrderPlaced): DraftOrder;
export function evolve(order: Order, fact: OrderCompleted): CompletedOrder;
export function evolve(order: Order | undefined, fact: OrderFact): Order;
export function evolve(order: Order | undefined, fact: OrderFact): Order {
  if (fact.type === 'order.placed') {
    const { content, ...placed } = fact.placed;
    return { ...placed, ...content, status: 'draft', version: 1 };
  }
  if (!order) throw new TypeError(`${fact.type} without an order`);
  return {
    ...order,
    status: 'completed',
    completedAt: new Date(fact.payload.completed_at),
    version: order.version + 1,
  };
}

function assertAllowed({ currency, lines }: OrderContent, { currencies, maxLines }: OrderRules): void {
  if (currencies.length > 0 && !currencies.includes(currency)) {
    const allowed = currencies.join(', ');
    const detail = `The tenant's settings allow orders in ${allowed} only.`;
    throw new RejectedError('CURRENCY_NOT_ALLOWED', detail, { currency, allowed });
  }
  if (lines.length > maxLines) {
    const detail = `The tenant's settings allow orders of ${maxLines} lines at most; this one has ${lines.length}.`;
    throw new RejectedError('TOO_MANY_LINES', detail, { max_lines: String(maxLines) });
  }
}
