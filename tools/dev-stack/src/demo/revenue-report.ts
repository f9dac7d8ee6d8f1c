import { type Currency, formatAmount } from '@atlas/event-contracts';
import type { Style } from '../console/terminal.ts';
import { type CheckedRevenue, checkDayRevenue } from './day-revenue.ts';
import type { Demonstrated } from './demonstration.ts';
import { replayCommands } from './history.domain.ts';
import { systemEnvironment } from './system-environment.ts';

export interface RevenueReportOptions {
  /** The environment of the running system. */
  env: Readonly<Record<string, string>>;
  print: (line: string) => void;
  style: Style;
  signal?: AbortSignal;
}

/**
 * Prints the revenue of the day from the projection, equal to the sum of its orders to the cent, how far behind it was, and
 * where a person sees it as a picture. Throws DemoError REVENUE_DIFFERS when the two are not equal. Where reporting is new
 * in a system that has a past, what to type is printed instead.
 */
export async function showRevenue(shown: Demonstrated, options: RevenueReportOptions): Promise<void> {
  const { print, style, signal } = options;
  const system = systemEnvironment(options.env);
  const { tenant, name, day, lacksHistory } = shown;
  if (lacksHistory) {
    print(style.yellow('  Reporting is new here, and this system has a past. These commands give it its history:\n'));
    for (const command of replayCommands('reporting', system.ATLAS_PREFIX)) print(`    ${command}`);
    return print('');
  }
  const revenue = await checkDayRevenue(tenant.client, { day, signal });
  print(`  The revenue of "${name}" on ${day} (UTC), from the projection:\n`);
  for (const line of rowsOf(revenue)) print(line);
  print(`\n    ${style.bold('Equal to the sum of its orders, to the cent')}; ${countedWhen(revenue)}`);
  const { email, password } = tenant.credentials;
  print(style.dim(`    As charts: ${system.GATEWAY_URL}/reports  (sign in as ${email}, password ${password})\n`));
}

function rowsOf({ rows }: CheckedRevenue): string[] {
  return rows.map(({ currency, gross_cents: cents, orders }) => {
    const amount = `${formatAmount(cents, currency as Currency)} ${currency}`;
    return `    ${amount.padStart(16)}  ${orders} ${orders === 1 ? 'order' : 'orders'}`;
  });
}

function countedWhen({ asOf, lagMs }: CheckedRevenue): string {
  const newest = `newest event of ${asOf.slice(11, 23)}`;
  return lagMs === undefined ? newest : `${newest}, counted ${Math.round(lagMs)} ms later`;
}
