import { z } from 'zod';
import { requiredOr } from '../text.ts';

/** A password that someone has: as long as one may be, and nothing else, so that the answer tells no rule of the day. */
export function oldPassword() {
  return z.string(requiredOr('must be text')).max(200, 'must have at most 200 characters');
}
