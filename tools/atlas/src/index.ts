export { createProgram } from './program.ts';
export { createSession } from './session.ts';
export type { Session } from './session.ts';
export { createTerminal } from './terminal.ts';
export type { Terminal } from './terminal.ts';
