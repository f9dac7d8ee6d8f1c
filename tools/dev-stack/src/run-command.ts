import { createTerminal, type Terminal } from './console/terminal.ts';
import { StackError } from './errors.ts';
import { listenForStop, type StopRequest } from './process/stop-request.ts';

/**
 * Runs one of the commands a person types: exit code 0 when it ends or was asked to stop, 1 with a readable reason when it
 * cannot do what it is for. Only a defect of ours prints a stack trace.
 */
export async function runCommand(
  run: (context: { terminal: Terminal; stop: StopRequest }) => Promise<number>,
): Promise<never> {
  const terminal = createTerminal(process.stdout, process.env);
  const stop = listenForStop();
  try {
    process.exit(await run({ terminal, stop }));
  } catch (error) {
    if (stop.signal.aborted) {
      terminal.line('Stopped.');
      process.exit(0);
    }
    terminal.line();
    terminal.line(terminal.style.red(error instanceof StackError ? error.message : `Unexpected: ${String(error)}`));
    if (!(error instanceof StackError)) console.error(error);
    process.exit(1);
  }
}
