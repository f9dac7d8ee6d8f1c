import { z } from 'zod';

const schema = z.object({
  GATEWAY_URL: z.string(),
  SINK_URL: z.string(),
  MAIL_FROM: z.string(),
  OPERATOR_EMAIL: z.string(),
  OPERATOR_PASSWORD: z.string(),
  AWS_REGION: z.string(),
  AWS_ENDPOINT_URL: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  ATLAS_AWS_ACCOUNT_ID: z.string(),
  ATLAS_PREFIX: z.string(),
  PAYMENT_SANDBOX_URL: z.string(),
});

/** What the demo reads of the environment of a running system. */
export type SystemEnvironment = z.infer<typeof schema>;

/** Throws when a variable is missing, which only a `stack.env` of another version can cause. */
export function systemEnvironment(env: Readonly<Record<string, string | undefined>>): SystemEnvironment {
  return schema.parse(env);
}
