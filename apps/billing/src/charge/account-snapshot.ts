import { gunzipSync, gzipSync } from 'node:zlib';
import type { SnapshotPolicy } from '@atlas/event-store';
import { z } from 'zod';
import { type Account, accountFoldVersion, accountSchema } from './account.domain.ts';

/** What is to be compressed repeats itself all over; the fastest level takes nearly all of that out. */
const level = 1;

/**
 * How the state of an account is kept: compressed, because an item of DynamoDB has 400 KB. Charges are alike, so that some
 * 5,000 of them fit; of a larger account every load reads the whole stream.
 */
export const accountSnapshots: SnapshotPolicy<Account> = {
  foldVersion: accountFoldVersion,
  state: z.codec(z.base64(), accountSchema, {
    decode: (kept) => JSON.parse(gunzipSync(Buffer.from(kept, 'base64')).toString()) as Account,
    encode: (state) => gzipSync(JSON.stringify(state), { level }).toString('base64'),
  }),
};
