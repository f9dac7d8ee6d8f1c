import { type EventKey, parseEnvelope, type Service, topology } from '@atlas/event-contracts';
import { UnknownHandlerError } from '../errors.ts';

/** What would become of a message that is sent to a service again, as far as its body can tell. */
export type Forecast =
  { readonly accepted: true } | { readonly accepted: false; readonly code: string; readonly message: string };

/** Reads a body with today's contracts, and asks today's topology whether the service has a handler for it. */
export function forecast(service: Service, body: string): Forecast {
  try {
    const { key } = parseEnvelope(body);
    const handled: readonly EventKey[] = topology.consumers[service];
    if (!handled.includes(key)) throw new UnknownHandlerError(service, key);
    return { accepted: true };
  } catch (error) {
    const { code = 'UNKNOWN', message } = error as Error & { code?: string };
    return { accepted: false, code, message };
  }
}
