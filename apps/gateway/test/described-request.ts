import { randomUUID } from 'node:crypto';
import type { Operation } from '../src/edge/openapi/operation.ts';
import type { ApiRequest } from './api-client.ts';

/** A request that reaches the operation: with some id in each place of its path, and an empty body where one is needed. */
export function describedRequest({ method, path, body }: Operation): ApiRequest & { method: string; path: string } {
  return {
    method: method.toUpperCase(),
    path: path.replaceAll(/:\w+/g, () => randomUUID()),
    ...(body && { body: {} }),
  };
}
