import type { ESLint } from 'eslint';
import { createNoProcessState } from './no-process-state.ts';
import { createPackageAudits } from './package-audits.ts';

export type { Options } from './no-process-state.ts';

/**
 * The plugin for a flat configuration:
 * @example export default [{ plugins: { stateless: createStateless() }, rules: { 'stateless/no-process-state': 'error' } }];
 */
export function createStateless(): ESLint.Plugin {
  return {
    meta: { name: '@atlas/eslint-plugin-stateless', version: '0.1.0' },
    rules: { 'no-process-state': createNoProcessState(createPackageAudits()) },
  };
}
