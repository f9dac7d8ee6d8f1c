import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { StackError } from '../errors.ts';

/** How many ports above the preferred one are tried before giving up. */
const maxSteps = 200;

export interface PortChooser {
  /**
   * A free port of 127.0.0.1 for this name: the one it had last time when that is free, else the first free one from
   * `preferred` (3100) upwards. Throws StackError NO_FREE_PORT after 200 steps.
   */
  choose(name: string, preferred?: number): Promise<number>;
}

/**
 * Steps over taken ports and remembers in `file` what was chosen, so that URLs stay the same over restarts. Without a
 * file nothing is remembered.
 */
export function createPortChooser(options: {
  file?: string;
  isFree?: (port: number) => Promise<boolean>;
}): PortChooser {
  const { file, isFree = isPortFree } = options;
  const remembered = file === undefined ? {} : readPorts(file);
  const chosen = new Set<number>();

  const firstFree = async (candidates: number[]): Promise<number | undefined> => {
    for (const port of candidates) if (!chosen.has(port) && (await isFree(port))) return port;
    return undefined;
  };

  // One choice at a time: two parts that start together must not get the same port.
  let last: Promise<unknown> = Promise.resolve();
  const chooseNow = async (name: string, preferred: number): Promise<number> => {
    const known = remembered[name];
    const stepped = Array.from({ length: maxSteps }, (_, step) => preferred + step);
    const port = await firstFree(known === undefined ? stepped : [known, ...stepped]);
    if (port === undefined) {
      const range = `${preferred} to ${preferred + maxSteps - 1}`;
      throw new StackError('NO_FREE_PORT', `No free port for ${name}: ${range} are all taken. Stop what uses them.`);
    }
    chosen.add(port);
    remembered[name] = port;
    if (file !== undefined) writeFileSync(file, `${JSON.stringify(remembered, null, 2)}\n`);
    return port;
  };
  return {
    choose(name, preferred = 3100) {
      const choice = last.then(() => chooseNow(name, preferred));
      last = choice.catch(() => {});
      return choice;
    },
  };
}

function readPorts(file: string): Record<string, number> {
  if (!existsSync(file)) return {};
  try {
    const entries = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
    return Object.fromEntries(entries.filter((entry): entry is [string, number] => Number.isInteger(entry[1])));
  } catch {
    return {};
  }
}

/** True when a server could listen on this port of 127.0.0.1 at this moment. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A random place to start looking for ports of a stack that lives for one test run: many such stacks start at once. It
 * stays below 32768, where the kernel takes ports for outgoing connections.
 */
export function randomPortBase(random: () => number = Math.random): number {
  return 20_000 + Math.floor(random() * 120) * 100;
}
