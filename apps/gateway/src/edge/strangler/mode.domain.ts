import { RejectedError } from '../../rejected.domain.ts';

export const modes = ['monolith', 'shadow', 'canary', 'service'] as const;

/**
 * Who answers a slice: the monolith; the monolith while the service is asked too and compared; the service for a part of
 * the tenants; the service.
 */
export type Mode = (typeof modes)[number];

/** How a slice is answered now, since when, and why. */
export interface SliceState {
  readonly mode: Mode;
  /** Of the tenants, 0 to 100, in canary only. */
  readonly percent: number | null;
  readonly reason: string;
  /** An operator's address, or `automatic`. */
  readonly changedBy: string;
  readonly changedAt: string;
  /** Counts the changes; 0 is the state that the table of slices begins with. */
  readonly version: number;
  /** Whether bad numbers may set the slice back without a person. */
  readonly automaticRollback: boolean;
}

/** What a slice is able to do, as far as its modes are concerned. */
export interface Abilities {
  readonly name: string;
  readonly hasMonolith: boolean;
  readonly hasService: boolean;
  readonly serviceName: string;
}

/**
 * Who answers a tenant in `bucket` (0 to 9999, always the same one for a tenant and a slice). A growing percentage only
 * ever adds tenants to the service: whoever was below the old limit is below the new one.
 */
export function answeredBy({ mode, percent }: Pick<SliceState, 'mode' | 'percent'>, bucket: number) {
  if (mode === 'canary') return bucket < Math.round((percent ?? 0) * 100) ? 'service' : 'monolith';
  return mode === 'service' ? 'service' : 'monolith';
}

/** The modes that a slice can be in. */
export function possibleModes({ hasMonolith, hasService }: Pick<Abilities, 'hasMonolith' | 'hasService'>): Mode[] {
  if (!hasMonolith) return hasService ? ['service'] : [];
  return hasService ? [...modes] : ['monolith'];
}

/** Throws RejectedError SLICE_HAS_NO_SERVICE or SLICE_HAS_NO_MONOLITH for a mode that the slice cannot be in. */
export function assertPossible(slice: Abilities, mode: Mode): void {
  if (possibleModes(slice).includes(mode)) return;
  const { name, serviceName } = slice;
  if (!slice.hasService) {
    const message = `The service "${serviceName}" is not configured, so "${name}" cannot be in the mode "${mode}".`;
    throw new RejectedError('SLICE_HAS_NO_SERVICE', message, { slice: name, service: serviceName });
  }
  const message = `The monolith has never answered "${name}", so it cannot be in the mode "${mode}".`;
  throw new RejectedError('SLICE_HAS_NO_MONOLITH', message, { slice: name, service: serviceName });
}
