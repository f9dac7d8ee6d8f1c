import { flagStateSchema } from '@atlas/shared-state';
import { z } from 'zod';
import { tenantIdSchema } from '../ids.domain.ts';
import { lineOfText } from '../text.ts';

export const flagParams = z.strictObject({
  key: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes, at most 64')
    .meta({ example: 'sign-up' }),
});

/** Exceptions are for a few: a rule for many is a share, or a plan. */
const maxTenants = 1_000;

/** The body of `PUT /operator/flags/:key`. */
export const flagBody = flagStateSchema.extend({
  tenants: z
    .record(tenantIdSchema, z.string().max(64))
    .refine((tenants) => Object.keys(tenants).length <= maxTenants, `must have at most ${maxTenants} tenants`)
    .default({}),
  reason: lineOfText(500),
});

export const historyQuery = z.strictObject({
  limit: z
    .string('must be given once')
    .regex(/^\d{1,4}$/, 'must be a whole number from 1 to 1000')
    .transform(Number)
    .pipe(z.int().min(1, 'must be a whole number from 1 to 1000').max(1_000, 'must be a whole number from 1 to 1000'))
    .default(100),
});
