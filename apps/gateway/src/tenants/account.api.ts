import { z } from 'zod';

/** What `accountView` shows. */
export const accountReply = z
  .object({
    user: z.object({
      user_id: z.uuid(),
      email: z.string(),
      name: z.string(),
      role: z.enum(['owner', 'member', 'operator']),
    }),
    tenant: z.object({ tenant_id: z.uuid(), name: z.string() }),
  })
  .meta({ id: 'Account' });

/** The header of an answer that begins a session. */
export const sessionCookie = { 'Set-Cookie': 'The session, HttpOnly and SameSite=Lax.' };
