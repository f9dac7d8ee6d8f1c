import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { createChartKinds } from './chart-kinds.ts';
import { descriptionOf, svgOf } from './picture.ts';
import { asked, noReports, samplePeriod, sampleReports } from './sample-reports.fixture.ts';
import { intervals, startOf } from '../period/period.domain.ts';
import { stepsOf, usualInterval } from './steps.domain.ts';
import { palettes, type Theme, themes } from './themes.ts';
import { duration, freshness, money, wholeUnits } from './words.ts';

const usual = { theme: 'auto', width: 800 } as const;
const named = Object.fromEntries(createChartKinds(sampleReports()).map((kind) => [kind.name, kind]));

async function drawn(name: string, period = samplePeriod, look: { theme: Theme; width: number } = usual) {
  return svgOf((await named[name]!.chart('t', period)).picture(look.theme), look);
}

describe.each(['revenue', 'subscriptions', 'sagas'])('the picture of %s', (name) => {
  it('is the same text each time, so that who has it need not load it again', async () => {
    expect(await drawn(name)).toBe(await drawn(name));
  });

  it.each(themes)('has nothing that a strict policy refuses, and nothing from elsewhere (%s)', async (theme) => {
    const svg = await drawn(name, samplePeriod, { theme, width: 800 });
    expect(svg).not.toMatch(/<script|<foreignObject|<image| style=| on\w+=|@import|url\((?!#)|class=|ecmeta/);
    expect(svg.match(/<style>/g)?.length).toBe(theme === 'auto' ? 1 : undefined);
    // A fixed theme is for programs too that know nothing of style sheets.
    expect(svg.includes('var(')).toBe(theme === 'auto');
    const ids = [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says in words what it shows', async () => {
    const svg = await drawn(name);
    expect(svg).toMatch(/<svg [^>]*role="img" aria-labelledby="title description"/);
    expect(svg).toMatch(/<title id="title">[^<]+, 24 Oct 2026 to 22 Nov 2026, by day<\/title>/);
    expect(svg).toMatch(
      /<desc id="description">[^<]+Newest event counted: 22 Nov 2026, 20:15:03 UTC; counted 184 ms after it happened\.<\/desc>/,
    );
  });

  it('says what is missing when there is nothing', async () => {
    const kind = createChartKinds(noReports).find((one) => one.name === name)!;
    const { picture, table, figures } = await kind.chart('t', samplePeriod);
    expect(svgOf(picture('auto'), usual)).toMatch(/>No [^<]* in this period\.</);
    expect([table.rows, figures]).toEqual([[], []]);
    expect(descriptionOf(picture('auto'))).toMatch(/^No .* Choose another period.* Nothing has been counted yet\.$/);
  });
});

it('each bar says what it stands for, to the cent', async () => {
  const svg = await drawn('revenue');
  const titles = [...svg.matchAll(/<path[^>]*><title>([^<]*)<\/title>/g)].map(([, title]) => title);
  expect(titles).toContain('25 Oct 2026: €864.16 from 7 orders');
  expect(titles.filter((title) => title?.startsWith('25 Oct 2026'))).toHaveLength(3);
});

it('outcomes differ by pattern as well as by colour', async () => {
  const svg = await drawn('sagas');
  const patterns = [...svg.matchAll(/fill="url\(#([^)]*)\)"/g)].map(([, id]) => id);
  expect(new Set(patterns).size).toBe(2);
  expect(svg).toContain('stroke-dasharray');
});

it('of thirty currencies the six with most orders are drawn, the others named', async () => {
  const many = 'EUR USD GBP CHF SEK NOK DKK PLN CZK'.split(' ');
  const [revenue] = createChartKinds(sampleReports(many));
  const picture = (await revenue!.chart('t', samplePeriod)).picture('auto');
  expect(picture.panels).toHaveLength(6);
  expect(picture.note).toMatch(/^The 6 busiest of 9 currencies; ask for one to see it: [A-Z]{3}, [A-Z]{3}, [A-Z]{3}$/);
});

it('text of events stays text, whatever stands in it', async () => {
  const hostile = `<script>&"'`;
  const reports = sampleReports([hostile]);
  const [revenue] = createChartKinds(reports);
  const svg = svgOf((await revenue!.chart('t', samplePeriod)).picture('auto'), usual);
  expect(svg).not.toContain('<script');
  expect(svg).toContain('&lt;script&gt;&amp;&quot;&#39;');
});

it('a period of any length is shown in some hundred steps, without a gap', () => {
  const day = fc.integer({ min: 0, max: 1_829 });
  // The last of them reaches the last day that can be asked for.
  const first = fc.constantFrom(Date.UTC(1970, 0, 1), Date.UTC(2021, 10, 19), Date.UTC(2095, 11, 28));
  fc.assert(
    fc.property(first, day, day, (begin, one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)].map((days) =>
        new Date(begin + days * 86_400_000).toISOString().slice(0, 10),
      ) as [string, string];
      const usual = usualInterval({ from, to });
      const steps = stepsOf({ from, to, interval: usual });
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.length).toBeLessThanOrEqual(125);
      for (const interval of [...intervals, usual]) {
        const made = stepsOf({ from, to, interval });
        expect([made[0], made.at(-1)]).toEqual([startOf(interval, from), startOf(interval, to)]);
        expect(new Set(made.map((step) => startOf(interval, step))).size).toBe(made.length);
      }
    }),
  );
});

describe('amounts', () => {
  it.each([
    [123_456_789_012_345_678n, 'EUR', '€1,234,567,890,123,456.78'],
    [5, 'EUR', '€0.05'],
    [-150, 'USD', '-$1.50'],
    [1_234, 'JPY', '¥1,234'],
    [1_234, 'KWD', 'KWD 1.234'],
    [1_234, 'no currency', '12.34 no currency'],
  ])('%s in %s is %s', (cents, currency, text) => {
    expect(money(cents, currency).replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('keep every digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), (cents) => {
        expect(BigInt(money(cents, 'EUR').replace(/\D/g, ''))).toBe(cents);
      }),
    );
  });

  it('are drawn in whole units', () => {
    expect([wholeUnits(150, 'EUR'), wholeUnits(150, 'JPY'), wholeUnits(150, 'KWD')]).toEqual([1.5, 150, 0.15]);
  });
});

it.each([
  [0, '0'],
  [450, '450 ms'],
  [1_230, '1.2 s'],
  [59_960, '60 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

it('how far the figures are is said, also when nobody knows how far behind that is', () => {
  const as_of = '2026-11-22T20:15:03.123Z';
  expect(freshness({ as_of, lag_seconds: null })).toBe('Newest event counted: 22 Nov 2026, 20:15:03 UTC');
  expect(asked('2020-01-01', '2026-11-22').interval).toBe('month');
});

describe.each(Object.entries(palettes))('the colours of the theme %s', (_name, colours) => {
  it.each(['ink', 'quiet'] as const)('%s can be read (WCAG 1.4.3)', (role) => {
    expect(contrast(colours[role], colours.paper)).toBeGreaterThanOrEqual(4.5);
  });
  it.each(['main', 'good', 'undone', 'bad'] as const)('%s can be seen (WCAG 1.4.11)', (role) => {
    expect(contrast(colours[role], colours.paper)).toBeGreaterThanOrEqual(3);
  });
});

/** As WCAG 2.2 defines it. */
function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

leakCheck();
