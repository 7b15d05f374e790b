// How do volumes live as plain folders, where there are no loop devices?

import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Backend, GenerationRef, NewVolume } from './backend.ts';
import { runCommand } from './command.ts';
import { exists, listFolder, syncPath } from './files.ts';
import { removeGenerations } from './generations.ts';
import { type Layout, parseGenerationFile, unfinishedSuffix } from './names.ts';

export interface DirectoryBackendOptions {
  poolDir: string;
  layout: Layout;
  keepGenerations: boolean;
}

/**
 * Volumes as folders: no gate, no enforced size, snapshots and clones are copies (reflinks where the file system
 * has them) that are consistent only if nobody writes meanwhile.
 *
 * A generation that nobody can hold becomes the next one by a rename, which costs nothing. After a fence it is
 * copied instead, so that a process which outlived its proof of death writes where nobody reads.
 */
export function createDirectoryBackend(options: DirectoryBackendOptions): Backend {
  const { layout, poolDir, keepGenerations } = options;
  const folderOf = ({ volumeId, generation }: GenerationRef): string => layout.generation(volumeId, generation);

  return {
    offersFence: false,
    offersExpansion: false,
    minimumBytes: () => 0,

    create: async (volume) => {
      const folder = folderOf(first(volume));
      const unfinished = await makeRoom(folder);
      await mkdir(unfinished);
      await finish(unfinished, folder);
    },
    createFrom: (volume, source, signal) => {
      const from = source.type === 'Snapshot' ? layout.snapshot(source.snapshotId) : folderOf(source);
      return copyFolder({ from, to: folderOf(first(volume)) }, signal);
    },
    cut: async ({ volumeId, from, to, isolate }, signal) => {
      const source = layout.generation(volumeId, from);
      const target = layout.generation(volumeId, to);
      // A call that died after the rename and before it wrote the record has cut already.
      if (!(await exists(source)) && (await exists(target))) return;
      if (!isolate && !keepGenerations) {
        await finish(source, target);
        return;
      }
      if (keepGenerations) await copyFolder({ from: source, to: layout.cut(volumeId, from) }, signal);
      await copyFolder({ from: source, to: target }, signal);
    },
    generations: async (volumeId) => {
      const files = (await listFolder(layout.volumesDir)).map(parseGenerationFile);
      return files
        .filter((file) => file?.volumeId === volumeId && file.kind === 'data')
        .map((file) => file?.generation ?? 0);
    },
    removeGeneration: async ({ volumeId, generation }) => {
      await removeFolder(layout.cut(volumeId, generation));
      await removeFolder(layout.generation(volumeId, generation));
    },
    removeVolume: (volumeId, mark) => removeGenerations(volumeId, { ...options, mark: mark, remove: removeFolder }),

    attach: async (ref) => ({ devicePath: '', epoch: String(ref.generation), path: folderOf(ref), imagePath: '' }),
    revoke: async () => [],
    release: async () => {},
    detach: async () => true,
    isHeld: async () => false,
    findUnusable: async () => [],
    grow: async () => {},

    snapshot: async (ref, snapshotId, signal) => {
      await copyFolder({ from: folderOf(ref), to: layout.snapshot(snapshotId) }, signal);
      return { allocatedBytes: 0 };
    },
    removeSnapshot: (snapshotId) => removeFolder(layout.snapshot(snapshotId)),

    async totalBytes() {
      const { blocks, bsize } = await statfs(poolDir);
      return blocks * bsize;
    },
    async capacity() {
      const { bavail, bsize } = await statfs(poolDir);
      return { availableBytes: bavail * bsize };
    },
  };
}

function first({ volumeId }: NewVolume): GenerationRef {
  return { volumeId, generation: 0 };
}

async function copyFolder({ from, to }: { from: string; to: string }, signal: AbortSignal): Promise<void> {
  const unfinished = await makeRoom(to);
  await runCommand(['cp', '-a', '--reflink=auto', from, unfinished], signal);
  await removeFolder(to);
  await finish(unfinished, to);
}

async function makeRoom(folder: string): Promise<string> {
  const unfinished = `${folder}${unfinishedSuffix}`;
  await removeFolder(unfinished);
  return unfinished;
}

async function finish(unfinished: string, folder: string): Promise<void> {
  await rename(unfinished, folder);
  await syncPath(path.dirname(folder));
}

/** Retries, because a copy that outlived its killed driver may still add a file. */
function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
