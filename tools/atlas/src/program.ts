import { Command } from 'commander';
import { addAuditCommand } from './audit.command.ts';
import { addDeadLetterCommands, type CommandTools } from './dlq.commands.ts';
import { addHistoryCommand } from './history.command.ts';
import { addOutboxCommands } from './outbox.commands.ts';
import { addProjectionCommands } from './projections.commands.ts';
import { addReplayCommand } from './replay.command.ts';
import { addScoreCommand } from './score.command.ts';

/** The whole command line. `parseAsync` throws a CommanderError for a mistake of the user, after it was explained. */
export function createProgram(tools: CommandTools): Command {
  const program = new Command('atlas')
    .description(
      'Operate an Atlas installation: dead letters, replay, outbox, history, projections. Take a monolith apart: audit, score.',
    )
    .option('--no-local', 'do not complete the environment with the local stack (.atlas/stack.env)')
    .showHelpAfterError('(add --help for more)')
    .exitOverride()
    .addHelpText('after', examples);
  addDeadLetterCommands(program, tools);
  addReplayCommand(program, tools);
  addOutboxCommands(program, tools);
  addHistoryCommand(program, tools);
  addProjectionCommands(program, tools);
  addAuditCommand(program, tools);
  addScoreCommand(program, tools);
  return program;
}

const examples = `
Examples:
  $ npx atlas dlq list                                     what went wrong, and how often
  $ npx atlas dlq peek --fingerprint 3f2a --limit 1        one of them in full
  $ npx atlas dlq redrive --fingerprint 3f2a --dry-run     what would happen
  $ npx atlas dlq redrive --fingerprint 3f2a --rate 50     send them again, 50 a second
  $ npx atlas dlq audit                                    who did what
  $ npx atlas replay --event order.completed --since 30d --to atlas-reporting-order-events
  $ npx atlas projections status                           which build readers get, and how far it is
  $ npx atlas projections rebuild revenue-daily            build it anew from the journal while it is read
  $ npx atlas history <account id>                         what happened to the money of an account
  $ npx atlas audit ../monolith                            state that lives in one process
  $ npx atlas score ../monolith                            what to extract first, and why`;
