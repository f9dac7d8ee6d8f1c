import { createHmac } from 'node:crypto';

/** A tenant of the demo: its name, and the name of its webhook receiver and of its user. */
export interface DemoTenantName {
  readonly name: string;
  readonly slug: string;
}

/** How the owner of a demo tenant signs in. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/**
 * The same credentials for the same system at every run, so that a tenant is found again by signing in and nothing has to
 * be kept. They come from a secret of that system: nobody who knows only this code can sign in.
 */
export function credentialsOf({ slug }: DemoTenantName, systemSecret: string): Credentials {
  const digest = createHmac('sha256', systemSecret).update(`demo tenant ${slug}`).digest('base64url');
  return { email: `${slug}@demo.example`, password: digest.slice(0, 24) };
}
