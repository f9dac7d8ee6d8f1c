import { z } from 'zod';

/** Who a request is made for, as the gateway vouches for it. */
export interface Identity {
  tenantId: string;
  userId: string;
  roles: readonly string[];
  /** Where the user gets mail, as it was when the token was issued; what a person asks for is confirmed there. */
  email?: string;
}

/** The only signature algorithm of identity tokens (RFC 8037, Ed25519). Naming it refuses `none` and HMAC confusion. */
export const SIGNATURE_ALGORITHM = 'EdDSA';

export const identityClaims = z.object({
  sub: z.string().min(1),
  tenant_id: z.string().min(1),
  roles: z.array(z.string()),
  // Not checked further: an address that one service cannot use must not lock its user out of the others.
  email: z.string().optional(),
});
