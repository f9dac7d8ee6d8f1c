import { createHash } from 'node:crypto';
import { places } from './mode.domain.ts';

/**
 * The place of a tenant in the canary of a slice, 0 to 9999: the same in every replica and for ever. The slice is part of
 * the hash, so that it is not always the same tenants who try new things first.
 */
export function tenantPlace(slice: string, tenantId: string): number {
  // 48 bits: the remainder of a division by 10,000 favours no place that anybody could measure.
  return createHash('sha256').update(`${slice}/${tenantId}`).digest().readUIntBE(0, 6) % places;
}
