export { StackError, type StackErrorCode } from './errors.ts';
export { describeExit, type Exit } from './process/service-process.ts';
export { ownerOf, type Owner } from './process/state-lock.ts';
export { partNames, type PartName } from './stack/part-names.ts';
export { startStack, type Stack, type StackOptions, type StackProgress } from './stack/start-stack.ts';
export { startSystem, type System, type SystemOptions, type SystemProgress } from './system/start-system.ts';
export { createNarrator, type Narrator } from './console/narrator.ts';
export { createTerminal, type Terminal } from './console/terminal.ts';
export { defaultStateDir, findApps, stateDir, workspaceRoot } from './workspace.ts';
