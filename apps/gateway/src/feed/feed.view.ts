import { formatAmount } from '@atlas/event-contracts';
import type { Activity } from './feed.queries.ts';

/** An entry of the feed, in the very words of the notification service. */
export function activityView(activity: Activity) {
  const occurredAt = activity.at.toISOString();
  const { eventId } = activity;
  return {
    id: `${occurredAt}#${eventId}`,
    event_id: eventId,
    ...contentOf(activity),
    occurred_at: occurredAt,
    ...dataOf(activity),
  };
}

function contentOf(activity: Activity) {
  if (activity.kind === 'user') {
    const { userId, userName, role } = activity;
    return { type: 'user.registered', title: `${userName} joined as ${role}`, subject: userId };
  }
  const { orderId, totalCents, currency } = activity;
  const shown = new Intl.NumberFormat('en', { style: 'currency', currency }).format(
    // Intl takes decimal text without rounding it to a double (ECMA-402, Intl.NumberFormat v3).
    formatAmount(totalCents, currency) as `${number}`,
  );
  return { type: 'order.completed', title: `Order ${orderId} completed: ${shown}`, subject: orderId };
}

function dataOf(activity: Activity) {
  if (activity.kind === 'user') {
    return { data: { user_id: activity.userId, user_name: activity.userName, role: activity.role } };
  }
  const { orderId, totalCents, currency, lines, completedAt } = activity;
  const total = formatAmount(totalCents, currency);
  const completed_at = completedAt.toISOString();
  return { data: { order_id: orderId, total, total_cents: totalCents, currency, lines, completed_at } };
}
