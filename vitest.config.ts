import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'test/stories/**/*.test.ts', 'test/conformance/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two cores: more workers only make timings of real processes worse.
    maxWorkers: 2,
    minWorkers: 1,
  },
});
