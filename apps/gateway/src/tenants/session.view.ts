import type { SessionSummary } from '../edge/session.ts';

/** A session as the API shows it. */
export function sessionView({ sessionId, device, createdAt, lastUsedAt, current }: SessionSummary) {
  return {
    session_id: sessionId,
    device,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    current,
  };
}
