import { createHash } from 'node:crypto';
import { HttpProblem, identityOf, parse, sendPage, stylePolicy } from '@atlas/platform';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { operatorsOnly, tenantId } from '../answer/operators.ts';
import type { Asked } from '../period/asked.ts';
import { askedOf, type ChartKind, createChartKinds, pictureQuery } from './chart-kinds.ts';
import type { Chart, ReportSource } from './chart-data.ts';
import { leastWidth, mostWidth, pictureStyle, svgOf, usualWidth } from './picture.ts';
import { type Section, reportsPage } from './reports.page.ts';
import { themes } from './themes.ts';

const widthWords = `must be a whole number of pixels from ${leastWidth} to ${mostWidth}`;
const lookFields = {
  theme: z.enum(themes, `must be one of ${themes.join(', ')}`).default('auto'),
  width: z
    .string(widthWords)
    .regex(/^\d{1,4}$/, widthWords)
    .transform(Number)
    .refine((width) => width >= leastWidth && width <= mostWidth, widthWords)
    .default(usualWidth),
};
const tenantField = { tenant_id: tenantId.optional() };

/** Whose figures a path shows, and where its reports are. */
interface View {
  readonly base: '/reports' | '/operator/reports';
  whoOf(req: Request, named: string | undefined): string | undefined;
}

const views: readonly View[] = [
  { base: '/reports', whoOf: (req) => identityOf(req).tenantId },
  { base: '/operator/reports', whoOf: (_req, named) => named },
];

/**
 * The reports as pictures, `/reports/<name>.svg`, and a page that shows them all, `/reports`: of one's own tenant. Under
 * `/operator/reports` the same of a tenant, or of all together, for operators.
 */
export function chartRoutes({ reports, clock }: { reports: ReportSource; clock: () => Date }): Router {
  const router = Router();
  const kinds = createChartKinds(reports);
  for (const view of views) {
    const isOperators = view.base !== '/reports';
    const guards = isOperators ? [operatorsOnly] : [];
    const extra = isOperators ? tenantField : {};
    router.get(view.base, ...guards, (req, res) => sendReports(req, res, { view, kinds, extra, now: clock() }));
    for (const kind of kinds) {
      const query = pictureQuery.extend({ ...lookFields, ...extra });
      const strict = kind.byCurrency ? query : query.omit({ currency: true });
      router.get(`${view.base}/${kind.name}.svg`, ...guards, async (req, res) => {
        const { theme, width, ...wanted } = parse(strict as typeof query, req.query, 'query');
        const who = view.whoOf(req, tenantOf(wanted));
        const chart = await kind.chart(who, askedOf(wanted, clock()));
        sendPicture(res, chart, svgOf(chart.picture(theme), { theme, width }));
      });
    }
  }
  return router;
}

function sendPicture(res: Response, { as_of, lag_seconds }: Chart, svg: string): void {
  res.set({
    'cache-control': 'private, no-cache',
    'content-security-policy': stylePolicy(pictureStyle),
    // Of what is seen, which includes how far the figures are. Express answers 304 by itself.
    etag: `W/"${createHash('sha256').update(svg).digest('base64url').slice(0, 27)}"`,
    ...(as_of !== null && { 'atlas-as-of': as_of }),
    ...(lag_seconds !== null && { 'atlas-lag-seconds': String(lag_seconds) }),
  });
  res.type('image/svg+xml').send(svg);
}

async function sendReports(
  req: Request,
  res: Response,
  { view, kinds, extra, now }: { view: View; kinds: readonly ChartKind[]; extra: object; now: Date },
): Promise<void> {
  // A form sends fields that nobody has filled in as empty text.
  const filledIn = Object.fromEntries(Object.entries(req.query).filter(([, value]) => value !== ''));
  const shown = { base: view.base, email: identityOf(req).email, now };
  try {
    const wanted = parse(pictureQuery.extend(extra), filledIn, 'query');
    const asked = askedOf(wanted, now);
    const named = tenantOf(wanted);
    const who = view.whoOf(req, named);
    const sections = await Promise.all(kinds.map((kind) => sectionOf(kind, who, asked)));
    sendPage(res, reportsPage({ ...shown, asked, tenantId: named, isAuto: wanted.interval === undefined, sections }));
  } catch (error) {
    // A program gets the problem as it is.
    const isForPerson = req.accepts(['json', 'html']) === 'html';
    if (!(error instanceof HttpProblem) || error.status >= 500 || !isForPerson) throw error;
    res.status(error.status);
    sendPage(res, reportsPage({ ...shown, filledIn, wrong: error, sections: [] }));
  }
}

/** One report that cannot be shown, because it is being built or its sums are too large, does not take the others away. */
async function sectionOf(kind: ChartKind, who: string | undefined, asked: Asked): Promise<Section> {
  try {
    return { kind, chart: await kind.chart(who, asked) };
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    return { kind, problem: error };
  }
}

function tenantOf(query: object): string | undefined {
  return (query as { tenant_id?: string }).tenant_id;
}
