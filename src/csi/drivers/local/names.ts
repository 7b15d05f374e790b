// How are volumes and snapshots named on disk? Everything derives from the CSI name, so that a repeated create
// finds what a killed one left.

import { createHash } from 'node:crypto';
import path from 'node:path';

const plainName = /^[A-Za-z0-9-]{1,100}$/;
const knownId = /^(h\.[0-9a-f]{40}|[A-Za-z0-9-]{1,100})$/;

/** The ID of the volume or snapshot that is created under `name`: the name, or its hash when it is no file name. */
export function idOfName(name: string): string {
  if (plainName.test(name)) return name;
  return `h.${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}

/** Could this driver have made this ID? What it did not make is never used in a path. */
export function isPossibleId(id: string): boolean {
  return knownId.test(id);
}

export interface GenerationFile {
  volumeId: string;
  generation: number;
  kind: 'data' | 'cut';
}

const generationPattern = /^(.+)\.g(\d+)(\.img|\.cut)?$/;

/** Reads `<volume>.g<N>.img`, `<volume>.g<N>` (a folder) and `<volume>.g<N>.cut`. */
export function parseGenerationFile(fileName: string): GenerationFile | undefined {
  const [, volumeId, generation, suffix] = generationPattern.exec(fileName) ?? [];
  if (volumeId === undefined || !isPossibleId(volumeId)) return undefined;
  return { volumeId, generation: Number(generation), kind: suffix === '.cut' ? 'cut' : 'data' };
}

/** What is being written. A file of this name belongs to nobody once its writer is gone. */
export const unfinishedSuffix = '.tmp';

export interface Layout {
  volumesDir: string;
  snapshotsDir: string;
  /** Generations of deleted volumes, with `keepGenerations`. */
  keptDir: string;
  volumeRecord(volumeId: string): string;
  snapshotRecord(snapshotId: string): string;
  generation(volumeId: string, generation: number): string;
  cut(volumeId: string, generation: number): string;
  snapshot(snapshotId: string): string;
}

export function layoutOf(poolDir: string, mode: 'block' | 'directory'): Layout {
  const volumesDir = path.join(poolDir, 'volumes');
  const snapshotsDir = path.join(poolDir, 'snapshots');
  const suffix = mode === 'block' ? '.img' : '';
  return {
    volumesDir,
    snapshotsDir,
    keptDir: path.join(poolDir, 'kept'),
    volumeRecord: (volumeId) => path.join(volumesDir, `${volumeId}.json`),
    snapshotRecord: (snapshotId) => path.join(snapshotsDir, `${snapshotId}.json`),
    generation: (volumeId, generation) => path.join(volumesDir, `${volumeId}.g${generation}${suffix}`),
    cut: (volumeId, generation) => path.join(volumesDir, `${volumeId}.g${generation}.cut`),
    snapshot: (snapshotId) => path.join(snapshotsDir, `${snapshotId}${suffix}`),
  };
}
