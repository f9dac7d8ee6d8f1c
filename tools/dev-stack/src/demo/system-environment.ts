import { z } from 'zod';

const schema = z.object({
  GATEWAY_URL: z.string(),
  SINK_URL: z.string(),
  MAIL_FROM: z.string(),
  OPERATOR_EMAIL: z.string(),
  OPERATOR_PASSWORD: z.string(),
  AWS_REGION: z.string(),
  ATLAS_PREFIX: z.string(),
});

/** What the demo reads of the environment of a running system. */
export type SystemEnvironment = z.infer<typeof schema>;

/** Throws when a variable is missing, which only a `stack.env` of another version can cause. */
export function systemEnvironment(env: Readonly<Record<string, string | undefined>>): SystemEnvironment {
  return schema.parse(env);
}
