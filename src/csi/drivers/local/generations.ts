// What becomes of a volume's generations when it is deleted? They go, or are kept as evidence where there is any.

import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { listFolder } from './files.ts';
import { type Layout, parseGenerationFile } from './names.ts';

export interface RemoveGenerationsOptions {
  layout: Layout;
  keepGenerations: boolean;
  /** Tells namesakes apart among what is kept. */
  mark: string;
  /** Deletes one generation: an image or a folder. */
  remove: (file: string) => Promise<void>;
}

/** Deletes every generation of a volume and its cuts, or moves all of them away. May be repeated. */
export async function removeGenerations(
  volumeId: string,
  { layout, keepGenerations, mark, remove }: RemoveGenerationsOptions,
): Promise<void> {
  const names = (await listFolder(layout.volumesDir)).filter(
    (name) => parseGenerationFile(name)?.volumeId === volumeId,
  );
  // A volume that was never cut proves nothing.
  const isEvidence = keepGenerations && names.some((name) => parseGenerationFile(name)?.kind === 'cut');
  const keep = path.join(layout.keptDir, `${volumeId}-${mark}`);
  if (isEvidence) await mkdir(keep, { recursive: true });
  for (const name of names) {
    const file = path.join(layout.volumesDir, name);
    if (isEvidence) await rename(file, path.join(keep, name));
    else await remove(file);
  }
}
