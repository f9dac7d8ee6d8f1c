/** Subscription's part of the saga, over ports: for a model that lets it run in every order. */
export { createAccountCommands } from './account/account-commands.ts';
export type { HandleCommand } from './account/account-commands.ts';
export { createAnswers } from './account/answers.ts';
export type { Accounts, LoadedAccount } from './account/dynamo-accounts.ts';
export { createOutcomeMetrics } from './account/handling.ts';
export { createHandlers } from './handlers.ts';
