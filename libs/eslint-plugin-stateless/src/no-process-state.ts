import type { Finding, Kind } from '@atlas/state-audit';
import type { Rule } from 'eslint';
import type { PackageAudits } from './package-audits.ts';

export interface Options {
  /** `package`: the file with everything it is imported by (the default); `file`: the file alone, for speed. */
  readonly scope?: 'file' | 'package';
  readonly minConfidence?: number;
  /** Kinds that are not reported. */
  readonly allow?: readonly Kind[];
  /** True where what lives is made by `createX(deps)` and owned by the app: state in such objects is then its owner's. */
  readonly allowOwned?: boolean;
}

const OWNED = /:written-(closure|field)$/;

/** The rule `stateless/no-process-state`: the findings of the state audit, in the editor and in CI. */
export function createNoProcessState(audits: PackageAudits): Rule.RuleModule {
  return {
    meta: {
      type: 'problem',
      docs: { description: 'disallow state that lives in one process' },
      schema: [
        {
          type: 'object',
          properties: {
            scope: { enum: ['file', 'package'] },
            minConfidence: { type: 'number', minimum: 0, maximum: 1 },
            allow: { type: 'array', items: { type: 'string' } },
            allowOwned: { type: 'boolean' },
          },
          additionalProperties: false,
        },
      ],
      messages: {
        state: '{{message}} With several replicas: {{problem}}. Instead: {{replacement}}. ({{rule}})',
        reason: 'An exception needs its reason: // atlas-local-ok: <why this may differ between replicas>',
      },
    },
    create(context) {
      const {
        scope = 'package',
        minConfidence = 0.5,
        allow = [],
        allowOwned = false,
      } = (context.options[0] ?? {}) as Options;
      return {
        Program() {
          const { text } = context.sourceCode;
          const found =
            scope === 'file' ? audits.alone(context.filename, text) : audits.inPackage(context.filename, text);
          const counts = (f: Finding) =>
            f.confidence >= minConfidence && !allow.includes(f.kind) && !(allowOwned && OWNED.test(f.rule));
          for (const { line, column, message, problem, replacement, rule } of found.findings.filter(counts)) {
            context.report({
              loc: { line, column: column - 1 },
              messageId: 'state',
              data: { message, problem, replacement, rule },
            });
          }
          for (const { line } of found.badSuppressions)
            context.report({ loc: { line, column: 0 }, messageId: 'reason' });
        },
      };
    },
  };
}
