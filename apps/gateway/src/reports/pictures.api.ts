import { z } from 'zod';
import { type Operation, operation } from '../edge/openapi/operation.ts';
import { wholeNumber } from '../edge/openapi/whole-number.ts';
import { currencyField, intervalField, reportFields } from './revenue.feature.ts';

const tag = 'Reports';
const period = {
  from: reportFields.from,
  to: reportFields.to,
  interval: intervalField.unwrap().optional().meta({ description: 'What suits the period, unless it is said.' }),
};
const look = {
  theme: z
    .enum(['auto', 'light', 'dark'])
    .default('auto')
    .meta({ description: '`auto` follows the system of whoever looks at it, also inside an `<img>`.' }),
  width: z
    .string()
    .default('800')
    .meta({ description: 'In pixels. Text keeps its size.', ...wholeNumber(280, 2_000) }),
};
const tenant_id = z.string().min(1).max(128).optional().meta({ description: 'All workspaces without it.' });

const pictures = [
  { name: 'revenue', id: 'Revenue', summary: 'Revenue as a picture', fields: { currency: currencyField } },
  {
    ...{ name: 'subscriptions', id: 'Subscriptions', fields: { currency: currencyField } },
    summary: 'Monthly recurring revenue as a picture',
  },
  { name: 'sagas', id: 'SagaOutcomes', summary: 'Outcomes of purchases of plans as a picture', fields: {} },
] as const;

/** The pictures of reports and the pages that show them, as a tenant's people see them and as an operator does. */
export const pictureOperations: readonly Operation[] = [
  ...bothOf({
    ...{ id: 'getReportsPage', path: '', summary: 'Look at all reports as a page for browsers', usesKeys: false },
    query: { ...period, currency: currencyField },
    responses: { 200: { description: 'The page.', contentType: 'text/html', body: z.string() } },
    problems: { 503: ['SERVICE_UNAVAILABLE'] },
  }),
  ...pictures.flatMap(({ name, id, summary, fields }) =>
    bothOf({
      ...{ id: `get${id}Picture`, path: `/${name}.svg`, summary, usesKeys: true },
      query: { ...period, ...fields, ...look },
      responses: {
        200: { description: 'An SVG document.', contentType: 'image/svg+xml', body: z.string() },
        304: { description: 'It is still the one of the ETag in `If-None-Match`.' },
      },
      problems: {
        410: ['PROJECTION_RETIRED'],
        422: ['AMOUNT_TOO_LARGE'],
        503: ['SERVICE_UNAVAILABLE', 'PROJECTION_BUILDING'],
      },
    }),
  ),
];

interface Described extends Pick<Operation, 'id' | 'path' | 'summary' | 'responses' | 'problems'> {
  readonly query: z.ZodRawShape;
  /** Whether a program may ask for it with an API key. */
  readonly usesKeys: boolean;
}

function bothOf({ id, path, summary, query, usesKeys, ...rest }: Described): Operation[] {
  const same = { ...rest, method: 'get' } as const;
  const roles = ['owner', 'member', 'operator'] as const;
  return [
    operation({
      ...{ ...same, id, tag, summary, path: `/reports${path}`, query: z.strictObject(query) },
      access: usesKeys ? { roles, scope: 'reports:read' } : { roles },
    }),
    operation({
      ...{ ...same, id: `${id}OfWorkspaces`, tag: 'Operator', path: `/operator/reports${path}` },
      summary: `${summary}, of any workspace`,
      query: z.strictObject({ ...query, tenant_id }),
      access: { roles: ['operator'] },
    }),
  ];
}
