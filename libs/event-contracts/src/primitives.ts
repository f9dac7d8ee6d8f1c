import { z } from 'zod';

/** An identifier as it travels: opaque to readers, never empty, short enough for a message attribute. */
export const id = z.string().min(1).max(128);

/** An e-mail address, as the gateway accepted it. */
export const email = z.email().max(320);

/** A point in time, RFC 3339 in UTC (`2026-11-22T08:37:00.123Z`). */
export const instant = z.iso.datetime();

/** ISO 4217, upper case. Who takes money in checks the list (`isCurrency`); a reader only relies on the form. */
export const currency = z.string().regex(/^[A-Z]{3}$/);

/** A non-negative amount in the currency's minor unit (cents). */
export const cents = z.int().min(0);

/** A non-negative amount for display, in the currency's major unit (`"12.50"`). Compute with the `*_cents` field. */
export const displayAmount = z.string().regex(/^\d{1,16}(\.\d{1,4})?$/);

/** Why something failed, for a person to read. */
export const reason = z.string().min(1).max(1000);

/** The billing interval of a plan. */
export const interval = z.enum(['month', 'year']);
