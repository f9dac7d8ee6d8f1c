import type { Asked } from '../period/asked.ts';
import { usualInterval, stepsOf } from './steps.domain.ts';
import type { ReportSource } from './chart-data.ts';

/** What `sampleReports` has figures of. */
export const samplePeriod: Asked = { from: '2026-10-24', to: '2026-11-22', interval: 'day' };
const fresh = { as_of: '2026-11-22T20:15:03.123Z', lag_seconds: 0.184 };

/** Reports with figures for each interval, the same ones each time, in the given currencies. */
export function sampleReports(currencies: readonly string[] = ['EUR', 'USD', 'JPY']): ReportSource {
  return {
    async revenue(_who, asked) {
      const own = currencies.filter((currency) => asked.currency === undefined || asked.currency === currency);
      const items = stepsOf(asked).flatMap((date, day) =>
        own.flatMap((currency, index) => {
          const orders = (day * 7 + index * 3) % 11;
          if (orders === 0) return [];
          const gross_cents = orders * 12_345 * (currency === 'JPY' ? 1_000_003 : 1) + day;
          return [{ date, currency, gross_cents, orders, average_cents: Math.round(gross_cents / orders) }];
        }),
      );
      return { items, ...fresh };
    },
    async subscriptions(_who, asked) {
      const items = stepsOf(asked)
        .slice(4)
        .map((date, day) => {
          const active = 1 + Math.floor(day / 2) - (day > 12 ? 3 : 0);
          const change = { new: day % 2, cancelled: day === 13 ? 3 : 0, ended: 0 };
          return { date, currency: 'EUR', active, ...change, mrr_cents: active * 2_900 };
        });
      return { items, ...fresh };
    },
    async sagas(_who, asked) {
      const items = stepsOf(asked)
        .filter((_date, day) => day % 4 !== 2)
        .map((date, day) => ({
          ...{ date, activated: (day * 5) % 12, reversed: day % 4, failed: day % 3 },
          ...{ mean_ms: 300 + day, p50_ms: 250 + ((day * 37) % 90), p95_ms: 900 + ((day * 431) % 1_700) },
        }));
      return { items, ...fresh };
    },
  };
}

/** Reports of a tenant that has just signed up. */
export const noReports: ReportSource = {
  revenue: async () => ({ items: [], as_of: null, lag_seconds: null }),
  subscriptions: async () => ({ items: [], as_of: null, lag_seconds: null }),
  sagas: async () => ({ items: [], as_of: null, lag_seconds: null }),
};

/** A period with the interval that it is usually shown in. */
export const asked = (from: string, to: string): Asked => ({ from, to, interval: usualInterval({ from, to }) });
