import { testTimeout } from './jest.preset.mjs';

export default {
  // Jest takes it from the root configuration only, not from the projects.
  testTimeout,
  testSequencer: '<rootDir>/jest.sequencer.mjs',
  projects: [
    '<rootDir>/libs/*/jest.config.mjs',
    '<rootDir>/apps/*/jest.config.mjs',
    '<rootDir>/tools/*/jest.config.mjs',
    '<rootDir>/infra/jest.config.mjs',
  ],
};
