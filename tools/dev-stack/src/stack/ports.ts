import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
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
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  if (!(await listens(server, port))) return false;
  await new Promise((closed) => server.close(closed));
  return true;
}

/** A hundred ports that no other stack of this machine uses until they are released. */
export interface PortRange {
  /** Its first port. */
  readonly first: number;
  release(): void;
}

const rangeSize = 100;

/**
 * Takes ports for a stack that lives for one test run: many such stacks start at once, and a port that looks free may
 * belong to an app of another one that was killed a moment ago. Who listens on the last port of a range owns all of it. The
 * ranges stay below 32768, where the kernel takes ports for outgoing connections. Throws StackError NO_FREE_PORT after 200
 * tries.
 */
export async function reservePortRange(random: () => number = Math.random): Promise<PortRange> {
  for (let tries = 0; tries < maxSteps; tries += 1) {
    const first = 20_000 + Math.floor(random() * 120) * rangeSize;
    const owner = createServer();
    if (await listens(owner, first + rangeSize - 1)) return { first, release: () => void owner.close() };
  }
  throw new StackError('NO_FREE_PORT', 'No free range of ports from 20000 to 31999. Stop what uses them.');
}

/** Whether the server could take the port. It does not keep the process alive. */
function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.unref().listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}
