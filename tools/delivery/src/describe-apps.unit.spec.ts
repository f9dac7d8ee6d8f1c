import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeApps, describeSystem, workspaceRoot } from './describe-apps.ts';

test('infra knows the tables and the environment of every app as they are now', async () => {
  const committed = JSON.parse(readFileSync(join(workspaceRoot, 'infra/src/apps.generated.json'), 'utf8')) as unknown;
  const now = JSON.parse(JSON.stringify(await describeSystem())) as unknown;
  // When this fails: npm run infra:describe, and look at what changes in `npx nx run infra:synth`.
  expect(committed).toEqual(now);
});

test('a variable is required, optional or secret as its schema says', async () => {
  const gateway = (await describeApps()).find(({ name }) => name === 'gateway')!;
  const variable = (name: string) => gateway.environment.find((each) => each.name === name);
  expect(variable('AWS_REGION')).toMatchObject({ required: true, secret: false });
  expect(variable('OPERATOR_PASSWORD')).toMatchObject({ required: false, secret: true });
  // Not marked in the schema, whose reports show URLs without their passwords.
  expect(variable('DATABASE_URL')).toMatchObject({ required: true, secret: true });
});
