import { describedApps } from './described-apps.ts';

test('every app that exists is described, with the tables and variables it needs', () => {
  const apps = describedApps();
  expect(apps.map(({ name }) => name)).toEqual(expect.arrayContaining(['gateway', 'notification', 'billing']));
  expect(apps.find(({ name }) => name === 'billing')!.tables.map(({ name }) => name)).toContain('billing-events');
  for (const { environment } of apps) expect(environment.map(({ name }) => name)).toContain('AWS_REGION');
});
