import { z } from 'zod';
import { expectBody, type PatientClient } from './patient-client.ts';

/** A message whose handler was killed is visible again after 30 s. */
export const deadlineMs = 45_000;
/** Shorter than a request may take, which is how long the sink is asked to wait. */
const askedMs = 15_000;

const received = z.object({ id: z.number(), received_at: z.string() });

/**
 * What the sink has received as `wanted` names it. It answers the moment it has it, and says when that was; undefined when
 * it did not come within 45 s.
 */
export async function arrival(sink: PatientClient, path: string, wanted: Record<string, string>) {
  const query = new URLSearchParams({ ...wanted, timeout_ms: String(askedMs) });
  for (const deadline = Date.now() + deadlineMs; Date.now() < deadline;) {
    const answer = await sink.send({ method: 'GET', path: `${path}?${query}` });
    const arrived = expectBody(answer, `GET ${path}`, received.nullable(), 200, 204);
    if (arrived) return arrived;
  }
  return undefined;
}
