import { createColors } from 'picocolors';

export type Style = Pick<ReturnType<typeof createColors>, 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan'>;

export interface Terminal {
  readonly style: Style;
  /** Prints one line; an empty one without text. */
  line(text?: string): void;
}

/** Prints to a stream, in colours only where a person reads along: on a terminal, and not with NO_COLOR set. */
export function createTerminal(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  // A terminal that was closed must not end the process before it has stopped what it started.
  stream.on('error', () => {});
  return {
    style: createColors(stream.isTTY === true && (env['NO_COLOR'] ?? '') === ''),
    line: (text = '') => void stream.write(`${text}\n`),
  };
}

/** `0.4 s`, `12.0 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
