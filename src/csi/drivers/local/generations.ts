// Did anybody write into a generation after the next one was cut from it? Evidence for tests and demonstrations.

import path from 'node:path';
import { CommandError, runCommand } from './command.ts';
import { listFolder } from './files.ts';
import { parseGenerationFile } from './names.ts';

export interface GenerationName {
  volumeId: string;
  generation: number;
}

/**
 * The generations whose content is no longer what it was at their cut: what an old writer wrote afterwards. Needs
 * a driver with `keepGenerations`; includes volumes that were deleted since. To be called when every device is
 * detached: until then the content is still in flight.
 */
export async function findDoubleWrites(poolDir: string, signal: AbortSignal): Promise<GenerationName[]> {
  const kept = (await listFolder(path.join(poolDir, 'kept'))).map((name) => path.join(poolDir, 'kept', name));
  const found: GenerationName[] = [];
  for (const folder of [path.join(poolDir, 'volumes'), ...kept]) {
    for (const name of await listFolder(folder)) {
      const file = parseGenerationFile(name);
      if (file?.kind !== 'cut') continue;
      const { volumeId, generation } = file;
      const cut = path.join(folder, name);
      if (!(await isSame(cut.replace(/\.cut$/, '.img'), cut, signal))) found.push({ volumeId, generation });
    }
  }
  return found;
}

async function isSame(image: string, cut: string, signal: AbortSignal): Promise<boolean> {
  try {
    await runCommand(['cmp', '-s', image, cut], signal);
    return true;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 1) return false;
    throw error;
  }
}
