import { z } from 'zod';
import { defineEvent } from '../define-event.ts';
import { email, id } from '../primitives.ts';

const v1_0 = z.object({
  user_id: id,
  user_email: email,
  user_name: z.string().min(1).max(200),
  tenant_id: id,
  tenant_name: z.string().min(1).max(200),
  role: z.enum(['owner', 'member']),
});

export const userRegistered = defineEvent({
  type: 'user.registered',
  domain: 'user',
  producer: 'gateway',
  meaning: 'A person has an account in a tenant: the owner who signed up, or a member who accepted an invitation.',
  versions: {
    '1.0': {
      payload: v1_0,
      example: {
        user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
        user_email: 'ada@example.com',
        user_name: 'Ada Lovelace',
        tenant_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c00',
        tenant_name: 'Analytical Engines Ltd',
        role: 'owner',
      },
    },
  },
  current: { v1: '1.0' },
});
