import { z } from 'zod';

export const tenantIdSchema = z.uuid('must be a UUID').brand<'TenantId'>();
export const userIdSchema = z.uuid('must be a UUID').brand<'UserId'>();
export const orderIdSchema = z.uuid('must be a UUID').brand<'OrderId'>();
export const invitationIdSchema = z.uuid('must be a UUID').brand<'InvitationId'>();
export const apiKeyIdSchema = z.uuid('must be a UUID').brand<'ApiKeyId'>();

/** The ids of the domain are told apart by the compiler, so that a tenant's id never lands where an order's belongs. */
export type TenantId = z.output<typeof tenantIdSchema>;
export type UserId = z.output<typeof userIdSchema>;
export type OrderId = z.output<typeof orderIdSchema>;
export type InvitationId = z.output<typeof invitationIdSchema>;
export type ApiKeyId = z.output<typeof apiKeyIdSchema>;
