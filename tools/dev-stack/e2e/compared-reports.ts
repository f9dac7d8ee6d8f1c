import { eventually } from '@atlas/testing';
import { expectStatus, type PatientClient } from '../src/demo/patient-client.ts';

const slice = '/operator/slices/reports';

/**
 * Puts the revenue of the monolith and that of the projection beside each other, as the gateway does in mode `shadow`: each
 * of these people asks each of these queries until the gateway has compared twice as many answers. All of them are equal,
 * or the test fails. Everything that was said must have been counted before.
 */
export async function expectEqualReports(options: {
  operator: PatientClient;
  people: readonly PatientClient[];
  queries: readonly string[];
}): Promise<void> {
  const { operator, people, queries } = options;
  const body = JSON.stringify({ mode: 'shadow', reason: 'the proof' });
  expectStatus(await operator.send({ method: 'PUT', path: slice, body }), `PUT ${slice}`, 200);
  const detail = async () =>
    expectStatus(await operator.send({ method: 'GET', path: slice }), `GET ${slice}`, 200).body;
  await eventually(
    async () => {
      for (const person of people) {
        const asked = queries.map((query) => person.send({ method: 'GET', path: `/reports/revenue?${query}` }));
        expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(queries.map(() => 200));
      }
      const { compared } = (await detail()).since_change.comparisons;
      expect(compared).toBeGreaterThanOrEqual(2 * queries.length * people.length);
    },
    { timeoutMs: 60_000, everyMs: 250 },
  );
  const { mismatches, since_change: since } = await detail();
  expect(mismatches).toEqual([]);
  expect(since.comparisons).toMatchObject({ mismatch: 0, match_rate: 1 });
}
