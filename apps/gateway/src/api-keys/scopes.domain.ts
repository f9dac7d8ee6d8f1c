import { z } from 'zod';

/** What an API key may be allowed, by the part of the API that it opens. Part of the API: a scope is never renamed. */
export const scopeSchema = z.enum(['orders:read', 'orders:write', 'feed:read', 'reports:read', 'webhooks:manage']);

export type Scope = z.output<typeof scopeSchema>;
