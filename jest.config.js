/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    // jose comes as ES modules only.
    '^.+\\.ts$|/node_modules/jose/.+\\.js$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  testEnvironment: 'node',
  // No test takes half of it, but on a machine that is slow at the moment.
  testTimeout: 120_000,
  // Most of the time of an end-to-end test is waiting for polls.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/sequencer.cjs',
  globalSetup: '<rootDir>/test/compile-cache.cjs',
};
