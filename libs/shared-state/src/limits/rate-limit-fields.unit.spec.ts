import { rateLimitFields } from './rate-limit-fields.ts';

it('is written as the draft of the IETF says, with the time left rounded up', () => {
  expect(rateLimitFields({ name: 'user', quota: 600, windowSeconds: 60 }, { remaining: 599, resetMs: 41_001 })).toEqual(
    {
      'ratelimit-policy': '"user";q=600;w=60',
      ratelimit: '"user";r=599;t=42',
    },
  );
});
