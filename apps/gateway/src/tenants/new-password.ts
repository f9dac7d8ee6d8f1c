import { z } from 'zod';
import { requiredOr } from '../text.ts';

/**
 * A password that someone chooses: at least 8 characters, as NIST SP 800-63B asks, and at most 200, because every byte is
 * hashed and nobody types more.
 */
export function newPassword() {
  return z
    .string(requiredOr('must be text'))
    .min(8, 'must have at least 8 characters')
    .max(200, 'must have at most 200 characters');
}
