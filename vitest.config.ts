import { defineConfig } from 'vitest/config';

/**
 * Folders whose tests share two threads, so that each module is loaded twice and not once for each file: most of their
 * time went there. Their code talks to stores in memory, fake clocks and servers inside the thread. What their modules
 * keep is worked out once and never changed (tables that are read on first use, answers by their question), so no test
 * can tell whether another ran before it; the order of files may be any (`--sequence.shuffle.files`). All else that
 * tests could change under each other is looked at around each file, which fails if it leaves anything behind:
 * see `scripts/shared-tests/setup.ts`. A new folder shares nothing until it is named here.
 */
const shared = ['apimachinery', 'apis', 'apiserver', 'controllers', 'doctor', 'fencing', 'scheduler'];

/**
 * Files of these that need a process of their own: they start programs, write files while a clock runs, count bytes and
 * sockets, or hear the process's warnings.
 */
const own = [
  'src/apiserver/admission/dynamic/reviews.test.ts',
  'src/apiserver/alive-servers-etcd.test.ts',
  'src/apiserver/cache/compaction.test.ts',
  'src/apiserver/https/**/*.test.ts',
  'src/controllers/backup/*.test.ts',
  'src/controllers/restore/*.test.ts',
];

export default defineConfig({
  test: {
    // A test waits for what should happen, however busy the machine is; this bound is for what never happens.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers only make timings of real processes worse.
    maxWorkers: 2,
    minWorkers: 1,
    // Vitest has one pool of each kind for all projects: threads are shared, processes are not.
    poolOptions: { threads: { isolate: false }, forks: { isolate: true } },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: shared.map((folder) => `src/${folder}/**/*.test.ts`),
          exclude: own,
          pool: 'threads',
          setupFiles: ['scripts/shared-tests/setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'own',
          include: [
            `src/!(${shared.join('|')})/**/*.test.ts`,
            ...own,
            'scripts/**/*.test.ts',
            'test/stories/**/*.test.ts',
            'test/conformance/**/*.test.ts',
          ],
          pool: 'forks',
          // Behind the others: two pools at once would be four workers.
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
