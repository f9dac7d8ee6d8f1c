import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const secretsSchema = z.object({
  postgresPassword: z.string().min(1),
  sessionSecret: z.string().min(1),
  operatorPassword: z.string().min(1),
  paymentWebhookSecret: z.string().min(1),
  identitySigningKey: z.object({ kid: z.string(), kty: z.string(), crv: z.string(), x: z.string(), d: z.string() }),
});

export type Secrets = z.infer<typeof secretsSchema>;

/** Random secrets of a local system: nothing in the repository opens it. */
export function generateSecrets(): Secrets {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return secretsSchema.parse({
    postgresPassword: randomText(18),
    sessionSecret: randomText(32),
    operatorPassword: randomText(12),
    paymentWebhookSecret: `whsec_${randomText(24)}`,
    identitySigningKey: { kid: randomText(6), kty, crv, x, d },
  });
}

/**
 * The secrets in this file, generated and written (readable by its owner only) at the first call. What a file of an older
 * version lacks is added to it; what it has stays.
 */
export function loadSecrets(file: string): Secrets {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const complete = secretsSchema.safeParse(known);
  if (complete.success) return complete.data;
  const secrets = secretsSchema.parse({ ...generateSecrets(), ...known });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}

/** URL-safe, so that it needs no quoting in URLs, shells and env files. */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
