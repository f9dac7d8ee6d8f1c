/** An order as `POST /orders` takes it. */
export interface SampleOrder {
  currency: string;
  lines: { sku: string; qty: number; unit_price: string }[];
}

const articles: readonly (readonly [sku: string, priceCents: number])[] = [
  ['TEA-ASSAM-250', 895],
  ['TEA-SENCHA-100', 1250],
  ['CUP-STONEWARE', 1400],
  ['KETTLE-1L', 4990],
  ['HONEY-LIME-500', 760],
  ['FILTER-PAPER-100', 345],
  ['TIN-SMALL', 410],
  ['SAMPLE-ROOIBOS', 0],
];
const currencies = ['EUR', 'GBP', 'USD'];

/** The n-th made-up order, the same at every run: 1 to 6 lines in one of three currencies. */
export function sampleOrder(n: number): SampleOrder {
  const lineCount = 1 + (n % 6);
  return {
    currency: currencies[n % currencies.length] ?? 'EUR',
    lines: Array.from({ length: lineCount }, (_, i) => {
      const [sku, cents] = articles[(n * 3 + i) % articles.length] ?? ['TEA-ASSAM-250', 895];
      return { sku, qty: 1 + ((n + i * 7) % 12), unit_price: (cents / 100).toFixed(2) };
    }),
  };
}
