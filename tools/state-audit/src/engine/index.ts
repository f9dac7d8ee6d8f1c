/** What other tools read a program with: tools/extraction-score asks the same engine other questions. */
export { auditProgram } from '../audit.ts';
export type { Fn, Sym, Unit, Write } from './model.ts';
export { enclosingFn, lookup } from './parse.ts';
export { isInitName, type EntryKind } from './phases.ts';
export { createProgram, type Program, type Progress, type SourceText } from './program.ts';
export type { ModuleNames } from './resolve.ts';
export { bare, lineOf, member, propertyName, requiredModule, textOf, walk } from './syntax.ts';
export type { Value } from './values.ts';
