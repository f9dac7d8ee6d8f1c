/** One thing that happened in a saga, as its event says. */
export interface SagaEvent {
  readonly id: string;
  readonly event: string;
  /** ISO instant. */
  readonly timestamp: string;
  readonly source: string;
  readonly causation_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Who has done what and when (ISO), and how many milliseconds after what made them do it. */
export interface TimelineRow {
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly detail: string;
  /** Undefined where the cause is the request, which is the beginning. */
  readonly after?: { readonly ms: number; readonly what: string };
}

/**
 * The events of one correlation id as a timeline, causes before what they caused. Clocks of two processes differ by a
 * little, so time alone would now and then show an effect before its cause.
 */
export function timelineOf(events: readonly SagaEvent[]): TimelineRow[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  const depth = (event: SagaEvent): number => {
    const cause = byId.get(event.causation_id);
    return cause === undefined || cause === event ? 0 : depth(cause) + 1;
  };
  const inOrder = events.toSorted(
    (one, other) => depth(one) - depth(other) || one.timestamp.localeCompare(other.timestamp),
  );
  return inOrder.map((event) => {
    const cause = byId.get(event.causation_id);
    const row = { at: event.timestamp, who: event.source, what: event.event, detail: detailOf(event) };
    if (cause === undefined) return row;
    return { ...row, after: { ms: Date.parse(event.timestamp) - Date.parse(cause.timestamp), what: cause.event } };
  });
}

/** `team, EUR 49.00` for an event about money, and the reason where there is one. */
function detailOf({ payload }: SagaEvent): string {
  const { plan_id, to_plan_id, reason, period_end } = payload;
  const until = typeof period_end === 'string' ? `until ${period_end.slice(0, 10)}` : undefined;
  return [plan_id ?? to_plan_id, moneyIn(payload), reason, until].filter((part) => typeof part === 'string').join(', ');
}

function moneyIn(payload: SagaEvent['payload']): string | undefined {
  const { amount, amount_cents, price_cents } = payload;
  const { cents, currency } = (amount ?? {}) as { cents?: unknown; currency?: unknown };
  const value = cents ?? amount_cents ?? price_cents;
  const unit = currency ?? payload['currency'];
  // The demonstration pays in euros and dollars, which both have two digits.
  return typeof value === 'number' && typeof unit === 'string' ? `${unit} ${(value / 100).toFixed(2)}` : undefined;
}
