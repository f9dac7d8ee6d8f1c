import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { createHealth, createHttpApp, createHttpServer, createLogger, createMetrics, problem } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import { openBrowser } from '@atlas/testing/browser';
import type { Browser, Page } from 'playwright-core';
import { chartRoutes } from './chart.routes.ts';
import type { ReportSource } from './chart-data.ts';
import { noReports, sampleReports } from './sample-reports.fixture.ts';
import { palettes } from './themes.ts';

const many = 'EUR USD GBP JPY SEK CHF NOK PLN KWD'.split(' ');
const building: ReportSource = {
  ...sampleReports(),
  sagas: () => Promise.reject(problem(503, 'PROJECTION_BUILDING', 'The projection is being built.')),
};
const sources: Record<string, ReportSource> = {
  some: sampleReports(),
  many: sampleReports(many),
  none: noReports,
  building,
};

let browser: Browser;
let roles = ['owner'];
let seen: { who: string | undefined; currency: string | undefined }[] = [];
const servers: Record<string, { url: string; stop(): Promise<void> }> = {};

beforeAll(async () => {
  browser = await openBrowser();
  for (const [name, source] of Object.entries(sources)) servers[name] = await serve(source);
});

afterAll(async () => {
  await browser.close();
  await Promise.all(Object.values(servers).map((server) => server.stop()));
});

/** The service with these figures, for a user whom nobody has to prove. */
async function serve(reports: ReportSource) {
  const watched: ReportSource = {
    ...reports,
    revenue(who, asked) {
      seen.push({ who, currency: asked.currency });
      return reports.revenue(who, asked);
    },
  };
  const logger = createLogger({ service: 'reporting-test', level: 'silent' });
  const app = createHttpApp({
    ...{ logger, metrics: createMetrics({ service: 'reporting', processMetrics: false }) },
    health: createHealth({ checks: {} }),
    verifyIdentity: async () => ({ tenantId: 'own', userId: 'u', roles, email: 'ada@example.com' }),
    newId: () => 'id',
    routers: [chartRoutes({ reports: watched, clock: () => new Date('2026-11-22T20:15:04Z') })],
  });
  const server = createHttpServer({ app, port: 0, host: '127.0.0.1' });
  const { url } = await server.start();
  return { url, stop: () => server.stop({ deadlineMs: 1_000 }) };
}

const headers = { authorization: 'Bearer x' };
const get = (path: string, source = 'some', extra = {}) =>
  fetch(servers[source]!.url + path, { headers: { ...headers, ...extra } });

/** Opens a path in a window of its own; `complaints` is what the browser says of it, refusals by its policy among them. */
async function open(
  path: string,
  { source = 'some', scheme = 'light', width = 1200, script = true }: Partial<Shown> = {},
): Promise<{ page: Page; complaints: string[]; close(): Promise<void> }> {
  const context = await browser.newContext({
    ...{ viewport: { width, height: 800 }, colorScheme: scheme, javaScriptEnabled: script },
    ...{ extraHTTPHeaders: headers, baseURL: servers[source]!.url },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isIcon = message.location().url.endsWith('/favicon.ico');
    if (message.type() === 'error' && !isIcon) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(path, { waitUntil: 'load' });
  return { page, complaints, close: () => context.close() };
}

interface Shown {
  source: string;
  scheme: 'light' | 'dark';
  width: number;
  script: boolean;
}

const rgb = (hex: string) => `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(', ')})`;

it.each([
  [360, 'some', 'dark'],
  [600, 'building', 'light'],
  [900, 'none', 'dark'],
  [1200, 'many', 'light'],
] as const)('the page fits a window of %i pixels and shows its pictures (%s, %s)', async (width, source, scheme) => {
  const { page, complaints, close } = await open('/reports', { source, scheme, width });
  expect(await page.title()).toBe('Reports · Atlas');
  const pictures = await page
    .locator('picture img')
    .evaluateAll((images) => images.map(({ naturalWidth, alt }) => ({ isLoaded: naturalWidth > 0, alt: String(alt) })));
  expect(pictures.length).toBe(source === 'building' ? 2 : 3);
  for (const { isLoaded, alt } of pictures) expect([isLoaded, alt.length > 40]).toEqual([true, true]);
  if (source === 'building') expect(await page.getByRole('alert').innerText()).toBe('The projection is being built.');
  expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await close();
});

it.each(['light', 'dark'] as const)(
  'in a browser that prefers %s pictures do too, unless asked otherwise',
  async (scheme) => {
    const { page, complaints, close } = await open('/reports', { source: 'none', scheme });
    const cornerOf = (src: string) => page.evaluate(`(${cornerColour})(${JSON.stringify(src)})`);
    const other = scheme === 'light' ? 'dark' : 'light';
    expect(await cornerOf('/reports/revenue.svg')).toBe(rgb(palettes[scheme].paper));
    expect(await cornerOf(`/reports/revenue.svg?theme=${other}`)).toBe(rgb(palettes[other].paper));
    // Opened by itself it is a document with a policy of its own.
    await page.goto('/reports/sagas.svg');
    const ink = await page.evaluate("getComputedStyle(document.querySelector('svg > text')).fill");
    expect(ink).toBe(rgb(palettes[scheme].ink));
    expect(complaints).toEqual([]);
    await close();
  },
);

/** Runs in the browser: draws the picture as an <img> and reads one of its pixels. */
const cornerColour = `async (src) => {
  const image = new Image();
  image.src = src;
  await image.decode();
  const context = Object.assign(document.createElement('canvas'), { width: 10, height: 10 }).getContext('2d');
  context.drawImage(image, 0, 0);
  return 'rgb(' + context.getImageData(3, 3, 1, 1).data.slice(0, 3).join(', ') + ')';
}`;

it('no text leaves its picture or covers other text, in a narrow and in a wide one', async () => {
  const { page, close } = await open('/reports', { source: 'none' });
  const wishes = ['revenue', 'subscriptions', 'sagas'].flatMap((name) =>
    ['', '&from=2021-11-19', '&from=2026-11-22'].flatMap((period) =>
      [280, 560, 1078].map((width) => `/reports/${name}.svg?width=${width}${period}`),
    ),
  );
  for (const path of [...wishes, '/reports/sagas.svg?interval=day&from=2025-01-01']) {
    await page.setContent(await (await get(path, 'many')).text());
    expect([path, await page.evaluate(misplacedTexts)]).toEqual([path, []]);
  }
  await close();
});

/** Runs in the browser: texts that stand outside, and pairs that overlap by more than the space around letters. */
const misplacedTexts = `(() => {
  const frame = document.querySelector('svg').getBoundingClientRect();
  const texts = [...document.querySelectorAll('text')].map((text) => ({
    words: '"' + text.textContent + '"',
    box: text.getBoundingClientRect(),
  }));
  const isOutside = ({ box }) => box.left < frame.left || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
  const cover = ({ box: one }, { box: other }) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 5;
  return [
    ...texts.filter(isOutside).map(({ words }) => words + ' is outside'),
    ...texts.flatMap((one, index) =>
      texts.slice(index + 1).filter((other) => cover(one, other)).map((other) => one.words + ' covers ' + other.words),
    ),
  ];
})()`;

it('the page works without a script: the form asks, the table has the numbers, the links lead to them', async () => {
  const { page, close } = await open('/reports', { script: false });
  await page.getByLabel('Currency').fill('EUR');
  await page.getByLabel('From').fill('2026-11-01');
  seen = [];
  await page.getByRole('button', { name: 'Show' }).click();
  await page.waitForURL(/currency=EUR/);
  expect(seen[0]).toEqual({ who: 'own', currency: 'EUR' });
  await page.getByText('The numbers').first().click();
  const cells = await page
    .getByRole('row', { name: /22 Nov 2026/ })
    .first()
    .getByRole('cell')
    .allInnerTexts();
  expect(cells).toEqual(['22 Nov 2026', 'EUR', expect.stringMatching(/^€[\d,.]+$/), expect.stringMatching(/^\d+$/)]);
  const csv = await page
    .getByRole('link', { name: 'CSV' })
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  const period = 'from=2026-11-01&to=2026-11-22&interval=day';
  expect(csv).toEqual([
    `/reports/revenue?${period}&currency=EUR&format=csv`,
    `/reports/subscriptions?${period}&currency=EUR&format=csv`,
    `/reports/sagas?${period}&format=csv`,
  ]);
  await close();
});

it('what was filled in wrongly is said on the page, with the fields as they were', async () => {
  const path = '/reports?from=2026-11-23&to=2026-11-22&currency=%22%3E%3Cscript%3E';
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const answer = await get(path, 'some', { accept });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
  const text = await answer.text();
  expect(text).toContain('value="&quot;&gt;&lt;script&gt;"');
  expect(text).not.toContain('<script');
  const order = await (await get('/reports?from=2026-11-23&to=2026-11-22', 'some', { accept })).text();
  expect(order).toContain('from must not be after &quot;to&quot;');
  // A program gets the problem.
  expect(await (await get(path)).json()).toMatchObject({ status: 400, code: 'INVALID_QUERY' });
});

it.each([
  ['revenue.svg?theme=pink', 'theme'],
  ['revenue.svg?width=99999', 'width'],
  ['revenue.svg?width=1e3', 'width'],
  ['revenue.svg?width=', 'width'],
  ['revenue.svg?theme=dark&theme=light', 'theme'],
  ['revenue.svg?currency=EURO', 'currency'],
  ['revenue.svg?currency=ZZZ', 'currency'],
  ['revenue.svg?from=2026-11-23&to=2026-11-22', 'from'],
  ['revenue.svg?from=1999-01-01', 'from'],
  ['revenue.svg?interval=hour', 'interval'],
  ['revenue.svg?interval=day&from=2022-01-01', 'interval'],
  ['revenue.svg?from=2021-11-18', 'from'],
  ['revenue.svg?to=2101-01-01', 'to'],
  ['revenue.svg?to=9999-12-31', 'to'],
  ['subscriptions.svg?from=9999-12-31&to=9999-12-31', 'from'],
  ['revenue.svg?tenant_id=other', ''],
  ['sagas.svg?currency=EUR', ''],
])('a picture is refused for /reports/%s', async (path, field) => {
  const answer = await get(`/reports/${path}`);
  const body = (await answer.json()) as { code: string; errors: { path: string; message: string }[] };
  expect([answer.status, body.code, body.errors[0]!.path]).toEqual([400, 'INVALID_QUERY', field]);
});

it('a picture that is still the same is not sent again', async () => {
  // Not by fetch, which asks for a fresh one of its own accord.
  const statusFor = async (path: string, etag: string) => {
    const asked = httpGet(servers['some']!.url + path, {
      agent: false,
      headers: { ...headers, 'if-none-match': etag },
    });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode;
  };
  const first = await get('/reports/revenue.svg?currency=EUR');
  expect(first.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
  expect(first.headers.get('atlas-as-of')).toBe('2026-11-22T20:15:03.123Z');
  const etag = first.headers.get('etag')!;
  expect(await statusFor('/reports/revenue.svg?currency=EUR', etag)).toBe(304);
  expect(await statusFor('/reports/revenue.svg?currency=USD', etag)).toBe(200);
});

it('operators see the tenant that they name, or all together; others see nothing there', async () => {
  for (const path of ['/operator/reports', '/operator/reports/revenue.svg', '/operator/reports/sagas.svg']) {
    expect((await get(path)).status).toBe(403);
  }
  roles = ['operator'];
  seen = [];
  const text = await (await get('/operator/reports?tenant_id=t%261')).text();
  await get('/operator/reports/revenue.svg?tenant_id=t1');
  await get('/operator/reports/revenue.svg');
  roles = ['owner'];
  expect(seen.map(({ who }) => who)).toEqual(['t&1', 't1', undefined]);
  expect(text).toContain('src="/operator/reports/revenue.svg?from=2026-10-24');
  expect(text).toContain('tenant_id=t%261&amp;width=');
});

leakCheck();
