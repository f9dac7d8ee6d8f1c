import { ConfigError, describeError, isUnreachable, SetupError } from '@atlas/platform';
import { UnknownQueueError } from '@atlas/messaging';
import { UnknownEventTypeError } from '@atlas/event-contracts';
import { CommanderError } from 'commander';
import { v7 as newId } from 'uuid';
import { completeEnvironment } from './environment.ts';
import { MissingTableError, UsageError } from './errors.ts';
import { createProgram } from './program.ts';
import { createSession } from './session.ts';
import { createTerminal } from './terminal.ts';

/** 0 done, 1 something failed or does not answer, 2 the command was not right, 130 interrupted. */
const EXIT = { failed: 1, usage: 2, interrupted: 130 } as const;

const terminal = createTerminal(process);
const interrupt = new AbortController();
const session = createSession({ env: environment, newId, signal: interrupt.signal });
const program = createProgram({ session, terminal, fail: () => (process.exitCode ??= EXIT.failed) });

process.on('SIGINT', () => {
  if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
  process.exitCode = EXIT.interrupted;
  terminal.notes.write('\nending: what was received is given back (again Ctrl-C to leave at once)\n');
  interrupt.abort();
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
} finally {
  await session.close();
}

/** The AWS SDK reads the environment of the process itself, so a completed environment becomes that of the process. */
function environment(): NodeJS.ProcessEnv {
  if (program.opts<{ local: boolean }>().local) {
    const { env, file } = completeEnvironment(process.env, process.cwd());
    if (file !== undefined) terminal.notes.write(terminal.style.dim(`local stack: ${file}\n`));
    Object.assign(process.env, env);
  }
  return process.env;
}

function explain(error: unknown): number {
  // Commander has explained its own already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  const mistakes = [UsageError, MissingTableError, ConfigError, SetupError, UnknownQueueError, UnknownEventTypeError];
  if (mistakes.some((mistake) => error instanceof mistake)) {
    terminal.notes.write(`${(error as Error).message}\n`);
    return EXIT.usage;
  }
  const { type, message, cause } = describeError(error);
  const reason = isUnreachable(error) ? 'AWS or the database does not answer: ' : '';
  terminal.notes.write(`${reason}${message || cause?.message || type}\n`);
  return EXIT.failed;
}
