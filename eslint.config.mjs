import { createStateless } from '@atlas/eslint-plugin-stateless';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Who may import whom. `npx nx graph` shows the result; tools/workspace-rules has the canary that proves it bites. */
const boundaries = {
  'type:contracts': [],
  // Libraries of this kind build on each other (never in a circle, which the rule finds too); their specs use the test library.
  'type:platform': ['type:contracts', 'type:platform', 'type:testing'],
  'type:testing': ['type:contracts', 'type:platform', 'type:testing'],
  'type:messaging': ['type:contracts', 'type:platform', 'type:testing'],
  'type:event-store': ['type:contracts', 'type:platform', 'type:testing'],
  'type:projections': ['type:contracts', 'type:platform', 'type:testing'],
  'type:app': [
    ...['type:contracts', 'type:platform', 'type:messaging', 'type:event-store', 'type:projections'],
    'type:testing',
  ],
  'type:infra': ['type:contracts'],
  'type:tool': ['*'],
};

/**
 * Stateless is the doctrine: what lives is made by a `createX(deps)` and owned by app.ts. Anything that a module keeps
 * for itself is one copy per process, and wrong as soon as there are two.
 */
const moduleLevel = ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration';
const stays = 'AsyncLocalStorage|RegExp|URL|URLPattern|TextEncoder|TextDecoder';
const noModuleState = [
  {
    selector: `${moduleLevel}[kind!='const']`,
    message:
      'Module state: a `let` at module level is one copy per process. Make it in a createX(deps) owned by app.ts.',
  },
  {
    selector: `${moduleLevel} > VariableDeclarator > :matches(ArrayExpression[elements.length=0], ObjectExpression[properties.length=0])`,
    message: 'Module state: an empty container at module level is there to be filled. Make it in a createX(deps).',
  },
  {
    selector: `${moduleLevel} > VariableDeclarator > NewExpression[arguments.length=0]:not([callee.name=/^(${stays})$/])`,
    message: 'Module state: this object lives as long as the process. Make it in a createX(deps) owned by app.ts.',
  },
  {
    selector: `${moduleLevel} > VariableDeclarator > NewExpression:not([callee.name=/^(Map|Set|${stays})$/]):not([callee.object.name='Intl'])`,
    message: 'Module state: this object lives as long as the process. Make it in a createX(deps) owned by app.ts.',
  },
  {
    selector: 'ExportDefaultDeclaration > NewExpression',
    message: 'A singleton: export a createX(deps) function instead.',
  },
  {
    selector: 'PropertyDefinition[static=true][readonly!=true]',
    message: 'Module state: a static field is one copy per process.',
  },
];

const plainModules = [
  { selector: 'ExportAllDeclaration', message: 'Exports are explicit: name what leaves this module.' },
  { selector: 'TSEnumDeclaration', message: 'No enum: a union of literals (enum is not erasable syntax).' },
];

const pureDomain = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'A domain file is pure: pass the time in.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'A domain file is pure: pass the time in.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'A domain file is pure: pass it in.',
  },
  { selector: "MemberExpression[object.name='process']", message: 'A domain file is pure: no environment.' },
  { selector: 'AwaitExpression', message: 'A domain file is pure: no I/O.' },
];

/**
 * Where rules that ask for types have them from. `npm run lint` looks at every file: one program for all of them is half the work of
 * one per project, each of which would check again what it imports.
 */
const types = process.env.ATLAS_LINT === 'all' ? { project: 'tsconfig.all.json' } : { projectService: true };

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.atlas/**', '**/published/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { ...types, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: [],
          banTransitiveDependencies: false,
          depConstraints: Object.entries(boundaries).map(([sourceTag, onlyDependOnLibsWithTags]) => ({
            sourceTag,
            onlyDependOnLibsWithTags,
          })),
        },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false, attributes: false } },
      ],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...noModuleState, ...plainModules],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.{spec,fixture,contract}.ts', 'libs/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['@atlas/testing', '@atlas/payment-sandbox'].map((name) => ({
            name,
            message: 'Only tests may import it.',
          })),
        },
      ],
    },
  },
  {
    // The same doctrine by data flow: what nobody owns, what a library keeps by itself, what runs once per replica.
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts'],
    ignores: ['**/*.{spec,fixture,contract}.ts', 'libs/testing/**', 'libs/eslint-plugin-stateless/**'],
    plugins: { stateless: createStateless() },
    rules: { 'stateless/no-process-state': ['error', { allowOwned: true }] },
  },
  {
    files: ['**/*.domain.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...noModuleState, ...plainModules, ...pureDomain],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex:
                '^(?!zod$|@atlas/event-contracts$|@atlas/projections/declaration$|\\.{1,2}/.*\\.domain\\.ts$|\\.{1,2}/(money|currency)[^/]*\\.ts$)',
              message:
                'A domain file imports zod, the event contracts, the form of projections, and other domain files only.',
            },
          ],
        },
      ],
    },
  },
  {
    // main.ts and a spec file are scripts that run once and are imported by nobody: what they make is theirs to own.
    files: ['**/main.ts', '**/*.spec.ts', '**/*.contract.ts'],
    rules: { 'no-restricted-syntax': ['error', ...plainModules], '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['tools/**/*.ts', 'benchmarks/**/*.ts', 'libs/event-contracts/gate/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  { files: ['**/*.ts'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } },
  prettier,
);
