// How does one of our programs start? It is one file of CommonJS beside its code cache, so that V8 need not compile it
// again: a node is a handful of processes, and what each of them saves at its start adds up.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** Set by the build alone: the program writes its code cache to this file when it ends. */
export const codeCacheVariable = 'AMARRE_WRITE_CODE_CACHE';

/**
 * Runs `programs/<name>.cjs` below `folder`, the folder of the file that was started. A cache of another version of
 * Node is not taken; the program is compiled then.
 */
export function loadProgram(name: string, folder: string, load: NodeJS.Require): void {
  const filename = join(folder, 'programs', `${name}.cjs`);
  const cache = `${filename}.cache`;
  const source = `(function (require, __dirname, __filename) {${readFileSync(filename, 'utf8')}\n})`;
  const script = new Script(source, {
    filename,
    ...(existsSync(cache) && { cachedData: readFileSync(cache) }),
  });
  const wanted = process.env[codeCacheVariable];
  if (wanted) process.once('exit', () => writeFileSync(wanted, script.createCachedData()));
  const main = script.runInThisContext() as (load: NodeJS.Require, folder: string, filename: string) => void;
  main(load, folder, filename);
}
