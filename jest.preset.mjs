// Packages that ship ES modules only; everything else in node_modules runs as it is.
const esmOnly = ['cockatiel', 'jose', 'kysely', 'uuid', 'postal-mime', 'commander', '@seriousme', 'echarts', 'zrender'];

const swc = [
  '@swc/jest',
  {
    jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** A limit for what hangs. What a test waits for has its own, shorter deadline; a machine may be busy. */
export const testTimeout = 60_000;

/**
 * The Jest configuration of one Nx project: TypeScript through swc to CommonJS, so that `.ts` imports and workspace
 * packages resolve as they do under Node's own type stripping.
 */
export function projectConfig(displayName, rootDir) {
  return {
    displayName,
    rootDir,
    testEnvironment: 'node',
    setupFiles: [`${import.meta.dirname}/jest.realm.cjs`],
    testMatch: ['<rootDir>/**/*.{unit,int,e2e}.spec.ts'],
    testPathIgnorePatterns: ['/node_modules/', '/dist/'],
    extensionsToTreatAsEsm: [],
    transform: { '^.+\\.(ts|mts|js|mjs)$': swc },
    transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
    testTimeout,
  };
}
