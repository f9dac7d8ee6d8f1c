/** The hex digits of a charge's id: 96 bits, of which no two requests have the same by chance. */
const digits = 24;

/**
 * The id of the charge that a tenant asks for under an idempotency key; `sha256` gives the hash in hex. The same request has
 * the same charge, for ever and in any process. Ids of tenants are uuids, all of one length, so no tenant can end in what
 * begins another's key.
 */
export function chargeIdOf(sha256: (text: string) => string, tenantId: string, idempotencyKey: string): string {
  return `ch_${sha256(tenantId + idempotencyKey).slice(0, digits)}`;
}
