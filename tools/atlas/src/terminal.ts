import { createInterface } from 'node:readline/promises';
import pc from 'picocolors';

/** Where a command reads and writes: results to `out`, everything that only a person wants to see to `notes`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly notes: NodeJS.WriteStream;
  readonly style: ReturnType<typeof pc.createColors>;
  /** Asks yes or no; undefined where nobody can be asked. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

/** The terminal of a process. Colours only where a person looks. */
export function createTerminal(streams: {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}): Terminal {
  const { stdin, stdout, stderr } = streams;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    notes: stderr,
    // `isTTY` of a pipe is undefined, which picocolors would take for its own guess: colours in any CI.
    style: pc.createColors(Boolean(stdout.isTTY) && pc.isColorSupported),
    confirm: stdin.isTTY && stderr.isTTY ? (question) => ask(stdin, stderr, question) : undefined,
  };
}

async function ask(input: NodeJS.ReadStream, output: NodeJS.WriteStream, question: string): Promise<boolean> {
  const prompt = createInterface({ input, output });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } finally {
    prompt.close();
  }
}
