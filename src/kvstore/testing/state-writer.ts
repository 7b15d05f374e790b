// For tests: the program of the thread that writes to LMDB, built as `scripts/build.ts` does.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** Beside lmdb, which can't be bundled. */
const modules = join(import.meta.dirname, '../../../node_modules');

/** Builds the program; remove it when it is not needed any more. */
export function buildStateWriter(): { program: string; remove: () => void } {
  const program = join(modules, `.amarre-state-writer-${process.pid}.cjs`);
  buildSync({
    entryPoints: [join(import.meta.dirname, '../../cmd/state-writer.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['lmdb'],
    logLevel: 'error',
  });
  return { program, remove: () => rmSync(program, { force: true }) };
}
