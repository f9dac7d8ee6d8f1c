import { failuresOf } from './reconciliation.domain.ts';
import type { Consequence, ConsequenceBalance, RunOutcome, TakenOrder } from './reconciliation.domain.ts';

const names: Record<Consequence, string> = { mail: 'e-mails', webhook: 'webhooks', feed: 'feed entries' };

/** How many missing or doubled orders are listed by name. */
const shownOrders = 20;

/** The reconciliation as lines of text: what went in, what came out, what is wrong. */
export function reportLines(outcome: RunOutcome): string[] {
  const failures = failuresOf(outcome);
  return [
    '',
    'Reconciliation',
    '',
    ...orderRows(outcome).map(([name, count]) => `  ${name.padEnd(20)}${number(count)}`),
    '',
    `  ${''.padEnd(20)}${['expected', 'found', 'missing', 'doubled'].map((head) => head.padStart(10)).join('')}`,
    ...outcome.balances.map(balanceRow),
    `  ${'dead letters'.padEnd(20)}${number(0)}${number(deadLetterCount(outcome))}`,
    '',
    ...outcome.balances.flatMap(namedOrders),
    ...outcome.deadLetters.filter(({ count }) => count > 0).map(({ queue, count }) => `  ${count} in ${queue}`),
    ...(failures.length === 0 ? [successLine(outcome)] : failures.map((failure) => `✗ ${failure}`)),
  ];
}

function orderRows({ kind, total, taken, alreadyImported, refused, failed }: RunOutcome): [string, number][] {
  const rows: [string, number, always: boolean][] = [
    [kind === 'file' ? 'lines' : 'orders in', total, true],
    [kind === 'file' ? 'imported' : 'completed', taken, true],
    ['already imported', alreadyImported, kind === 'file'],
    ['refused', refused, kind === 'file' || refused > 0],
    ['without answer', failed, failed > 0],
  ];
  return rows.flatMap(([name, count, always]): [string, number][] => (always ? [[name, count]] : []));
}

function balanceRow({ consequence, expected, found, missing, doubled }: ConsequenceBalance): string {
  const figures = [expected, found, missing.length, doubled.length].map(number).join('');
  return `  ${names[consequence].padEnd(20)}${figures}`;
}

function namedOrders({ consequence, missing, doubled }: ConsequenceBalance): string[] {
  const describe = ({ origin, eventId }: TakenOrder) => `${origin}, event ${eventId}`;
  const copies = ({ seen }: TakenOrder) => `${seen[consequence]} copies`;
  return [
    ...shortened(missing.map((order) => `  no ${names[consequence]}: ${describe(order)}`)),
    ...shortened(doubled.map((order) => `  ${copies(order)} among ${names[consequence]}: ${describe(order)}`)),
  ];
}

function shortened(lines: string[]): string[] {
  if (lines.length <= shownOrders) return lines;
  return [...lines.slice(0, shownOrders), `  … and ${lines.length - shownOrders} more`];
}

function successLine({ refused, deadLetters }: RunOutcome): string {
  const besides = refused > 0 ? ` ${refused} refused, as listed.` : '';
  const unknown = deadLetters.length === 0 ? ' Dead letters were not counted.' : '';
  return `✓ Every order has its e-mail, its webhook and its feed entry, each once.${besides}${unknown}`;
}

function deadLetterCount({ deadLetters }: RunOutcome): number {
  return deadLetters.reduce((sum, { count }) => sum + count, 0);
}

function number(count: number): string {
  return String(count).padStart(10);
}
