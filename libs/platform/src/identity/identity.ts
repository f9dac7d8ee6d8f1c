import { z } from 'zod';

/** Who a request is made for, as the gateway vouches for it. */
export interface Identity {
  tenantId: string;
  userId: string;
  roles: readonly string[];
}

/** The only signature algorithm of identity tokens (RFC 8037, Ed25519). Naming it refuses `none` and HMAC confusion. */
export const SIGNATURE_ALGORITHM = 'EdDSA';

export const identityClaims = z.object({
  sub: z.string().min(1),
  tenant_id: z.string().min(1),
  roles: z.array(z.string()),
});
