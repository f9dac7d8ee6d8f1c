import { identityOf, pageOr400, parse } from '@atlas/platform';
import type { Build } from '@atlas/projections';
import type { Request, RequestHandler, Router } from 'express';
import { z } from 'zod';
import { resolvePeriod } from '../period/asked.ts';
import type { Period } from '../period/period.domain.ts';
import type { Answer, Who } from '../reports.ts';
import type { CsvRow } from './csv.domain.ts';
import { operatorsOnly, tenantId } from './operators.ts';
import { cursorOf, mostItems, type PageFields, pageOf, positionOf, scopeOf } from './page.ts';
import { formatOf, sendReport } from './send-report.ts';

/** A report as its routes need to know it. */
export interface ReportRoute<Shape extends object, Item extends object> {
  /** The last part of its path. */
  readonly name: string;
  /** Strict: `periodFields`, `pageFields`, and what this report takes beside. */
  readonly query: z.ZodType<Shape & PageFields & { from?: string | undefined; to?: string | undefined }>;
  readonly mostDays: number;
  /** How many items a JSON answer has when nothing is said; 5000 unless given. */
  readonly usualItems?: number;
  /** Its rows mean nothing over several tenants: an operator has to name one. */
  readonly ofOneTenant?: true;
  /** The members of its items, in the order in which a CSV has them. */
  readonly columns: readonly (keyof NoInfer<Item> & string)[];
  /** The place of an item: text in whose ascending order the items are, and from which the next page goes on. */
  placeOf(item: NoInfer<Item>): string;
  ask(who: Who, asked: NoInfer<Shape> & Period, begun: Build | undefined): Promise<Answer<Item>>;
}

/**
 * Adds `GET /reports/<name>` for a tenant's people, who see their own tenant and nothing else, and `GET /operator/reports/<name>` for
 * operators, of the tenant that they name or of all together.
 */
export function addReport<Shape extends object, Item extends object>(
  router: Router,
  route: ReportRoute<Shape, Item>,
  clock: () => Date,
): void {
  const operatorQuery = z.looseObject({ tenant_id: route.ofOneTenant ? tenantId : tenantId.optional() });
  const ofTenant: RequestHandler = async (req, res) => {
    const found = await find(req, route, { query: req.query, who: identityOf(req).tenantId, now: clock() });
    sendReport(req, res, found.reply, found.format);
  };
  const ofAnybody: RequestHandler = async (req, res) => {
    const { tenant_id: who, ...query } = parse(operatorQuery, req.query, 'query');
    const found = await find(req, route, { query, who, now: clock() });
    sendReport(req, res, found.reply, found.format);
  };
  router.get(`/reports/${route.name}`, ofTenant);
  router.get(`/operator/reports/${route.name}`, operatorsOnly, ofAnybody);
}

async function find<Shape extends object, Item extends object>(
  req: Request,
  route: ReportRoute<Shape, Item>,
  { query, who, now }: { query: unknown; who: Who; now: Date },
) {
  const { name, mostDays, columns, placeOf, usualItems = mostItems } = route;
  const { from, to, limit, cursor, format: wanted, ...rest } = parse(route.query, query, 'query');
  const shape = rest as unknown as Shape;
  const format = formatOf(req, wanted);
  const scope = scopeOf(name, who, { from, to }, shape);
  const begun = cursor === undefined ? undefined : await pageOr400(positionOf(scope, cursor, mostDays));
  const { from: first, to: last } = begun ?? resolvePeriod({ from, to }, now, mostDays);
  const found = await route.ask(who, { ...shape, from: first, to: last }, begun?.build);
  const { items, totals, build, as_of, lag_seconds } = found;
  const most = limit ?? (format === 'csv' ? Infinity : usualItems);
  const { page, lastPlace } = pageOf(items, placeOf, { after: begun?.after, limit: most });
  const next_cursor =
    lastPlace === undefined ? null : cursorOf(scope, { from: first, to: last, build, after: lastPlace });
  const file = `${name}-${first}-${last}`;
  return {
    format,
    reply: { name: file, columns, items: page as readonly CsvRow[], totals, next_cursor, as_of, lag_seconds },
  };
}
