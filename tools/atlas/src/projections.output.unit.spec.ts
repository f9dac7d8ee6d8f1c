import type { BuildReport } from '@atlas/projections';
import { leakCheck } from '@atlas/testing';
import { renderBuild } from './projections.output.ts';

const plain = new Proxy({}, { get: () => (text: string) => text }) as Parameters<typeof renderBuild>[3];
const switched = (applied: number, passes: number): BuildReport => ({
  ...{ build: 'revenue-daily@1.2', resumed: false, outcome: 'switched', applied, passes },
});

it.each([
  [1, 1, '1 mark set in 1 pass.'],
  [720, 2, '720 marks set in 2 passes.'],
])('a rebuild that has set %d in %d says so', (applied, passes, words) => {
  expect(renderBuild('rebuild', 'revenue-daily', switched(applied, passes), plain).split('\n')[1]).toBe(words);
});

leakCheck();
