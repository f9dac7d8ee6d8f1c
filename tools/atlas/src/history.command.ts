import { type Account, accountDecider, type AccountEvent, type Charge } from '@atlas/billing/domain';
import { fold, type Recorded } from '@atlas/event-store';
import type { Command } from 'commander';
import { count } from './arguments.ts';
import { accountHistory } from './account-history.ts';
import type { CommandTools } from './dlq.commands.ts';
import { alignedRows, counted } from './dlq.output.ts';
import type { Terminal } from './terminal.ts';

interface Asked {
  charge?: string;
  limit?: number;
  json?: boolean;
}

type Fact = Recorded<AccountEvent>;
type Style = Terminal['style'];

/** Adds `atlas history`. */
export function addHistoryCommand(program: Command, tools: CommandTools): void {
  program
    .command('history')
    .description('everything that happened to the money of an account, in order, and where that leaves each charge')
    .argument('<account>', 'id of the account, which is the tenant')
    .option('--charge <id>', 'only what is about this charge')
    .option('--limit <n>', 'only the newest n facts', count)
    .option('--json', 'print JSON for programs')
    .action((account: string, asked: Asked) => history(tools, account, asked));
}

async function history({ session, terminal }: CommandTools, accountId: string, asked: Asked): Promise<void> {
  const all: Fact[] = [];
  for await (const page of accountHistory(session, accountId)) all.push(...page);
  // The state is that of the whole history, whatever part of it is shown.
  const { charges } = fold(accountDecider, all);
  const about = all.filter(({ payload }) => asked.charge === undefined || payload.charge_id === asked.charge);
  const facts = asked.limit === undefined ? about : about.slice(-asked.limit);
  const shown = Object.values(charges).filter(({ chargeId }) => facts.some((f) => f.payload.charge_id === chargeId));
  if (asked.json) return terminal.out(JSON.stringify({ account: accountId, facts, charges: shown }, null, 2));
  if (facts.length === 0) return terminal.out(nothingOf(accountId, asked));
  if (facts.length < all.length) terminal.out(terminal.style.dim(`${facts.length} of ${counted(all.length, 'fact')}`));
  terminal.out(renderFacts(facts, terminal.style));
  terminal.out(renderCharges(shown, terminal.style));
}

function nothingOf(accountId: string, { charge }: Asked): string {
  const what = charge === undefined ? '' : ` that is about the charge ${charge}`;
  return `Nothing has happened to the money of the account "${accountId}"${what}.`;
}

/** A line per fact, and below it what it says. */
function renderFacts(facts: readonly Fact[], style: Style): string {
  const head = ['VERSION', 'WHEN', 'WHAT', 'WHO', 'CORRELATION', 'CAUSE'];
  const rows = facts.map(({ version, timestamp, type, actor, correlationId, causationId }) => [
    ...[String(version), timestamp, type, actor, correlationId, causationId],
  ]);
  const [title = '', ...lines] = alignedRows([head, ...rows]);
  const detailed = lines.flatMap((line, index) => [line, style.dim(`         ${words(facts[index]!.payload)}`)]);
  return [style.dim(title), ...detailed].join('\n');
}

/** Who asked is said once, with the charge; a fact is about what it adds. */
function words(payload: Fact['payload']): string {
  const { account_id: _account, user_id: _user, ...said } = payload as Record<string, unknown>;
  return Object.entries(said)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

/** Where the facts have led to: the state of every charge that was shown. */
function renderCharges(charges: readonly Charge[], style: Style): string {
  const rows = charges.map((charge) => [charge.chargeId, charge.planId, moneyOf(charge), charge.status, whyOf(charge)]);
  return ['', style.bold(`${counted(rows.length, 'charge')}:`), ...alignedRows(rows).map((line) => `  ${line}`)].join(
    '\n',
  );
}

function moneyOf({ amountCents, currency }: Charge): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  return format.format(amountCents / 10 ** digits);
}

function whyOf(charge: Account['charges'][string]): string {
  if (charge.status === 'confirmed') return charge.subscriptionId;
  if (charge.status === 'reversal_parked') return `${charge.reason}; the provider says: ${charge.lastRefusal}`;
  return 'reason' in charge ? charge.reason : '';
}
