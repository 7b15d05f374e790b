import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/stories/**/*.test.ts', 'test/conformance/**/*.test.ts'],
    // A test waits for what should happen, however busy the machine is; this bound is for what never happens.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make timings of real processes worse.
    maxWorkers: 2,
    minWorkers: 1,
  },
});
