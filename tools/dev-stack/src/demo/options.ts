import { parseArgs } from 'node:util';
import { DemoError } from './errors.ts';

export interface DemoOptions {
  source: { kind: 'file'; path: string } | { kind: 'generated'; orders: number };
  /** Orders per second; absent: as fast as they are answered. */
  rate: number | undefined;
  /** Requests in flight. */
  concurrency: number;
  /** Seconds without progress after which what has not come counts as missing. */
  patienceSeconds: number;
}

export const usage = `Replays orders through the API of Atlas and checks that every consequence happened once.

  npm run demo -- --orders 500                  orders made up here, placed and completed by a user
  npm run demo -- --file orders.ndjson          orders of a file, imported by an operator
                                                (without either: --orders 100)
  --rate 100           at most so many orders per second (default: as fast as they are answered)
  --concurrency 16     requests in flight, 1 to 256
  --patience 60        seconds without any progress after which the rest counts as missing
  --help

A file has one order per line:
  {"order_id"?, "customer", "email", "currency", "completed_at"?, "lines":[{"sku","qty","unit_price"}]}
Blank lines are ignored. A bad line is reported with its number and reason, and the rest goes on.
An order that was imported before is not imported again: the same file can be run twice. A line
without order_id is known by its content.

A system that runs (npm start) is used and left running; otherwise one is started and stopped.

Exit status
  0    every order that was taken has its e-mail, webhook and feed entry, each once, and no dead
       letter appeared; bad lines of a file alone do not change that
  1    something is missing or doubled, dead letters appeared, or nothing could be imported
  64   the command line is wrong
  130  interrupted
`;

const defaultOrders = 100;
const defaultConcurrency = 16;
const maxConcurrency = 256;
const defaultPatienceSeconds = 60;

/** Reads the command line; 'help' when help is asked for, DemoError USAGE when it cannot be understood. */
export function readOptions(args: readonly string[]): DemoOptions | 'help' {
  const values = parsed(args);
  if (values.help) return 'help';
  if (values.file !== undefined && values.orders !== undefined) throw wrong('Give --file or --orders, not both.');
  const source =
    values.file === undefined
      ? { kind: 'generated' as const, orders: positive('--orders', values.orders) ?? defaultOrders }
      : { kind: 'file' as const, path: values.file };
  const concurrency = positive('--concurrency', values.concurrency) ?? defaultConcurrency;
  if (concurrency > maxConcurrency) throw wrong(`--concurrency goes up to ${maxConcurrency}.`);
  const patienceSeconds = positive('--patience', values.patience) ?? defaultPatienceSeconds;
  return { source, rate: positive('--rate', values.rate), concurrency, patienceSeconds };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        orders: { type: 'string' },
        file: { type: 'string' },
        rate: { type: 'string' },
        concurrency: { type: 'string' },
        patience: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000) {
    throw wrong(`${name} needs a whole number from 1, not "${text}".`);
  }
  return value;
}

function wrong(message: string): DemoError {
  return new DemoError('USAGE', `${message}\nnpm run demo -- --help says what is possible.`);
}
