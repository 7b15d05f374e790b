// What is said of the volumes of a pod that is taken? Source: pkg/api/pod/warnings.go.

import { leaveNoRoom } from '../warning-length.ts';
import { goneSources, inWarnings, warnClaimSpec } from './claim-warnings.ts';
import type { Volume, VolumeProjection } from './generated/v1.ts';

/** What pods may name beside what volumes may, in upstream's order. */
const goneInPods = {
  photonPersistentDisk: goneSources.photonPersistentDisk,
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: goneSources.scaleIO,
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: goneSources.storageos,
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: goneSources.glusterfs,
  ephemeral: undefined,
  cephfs: goneSources.cephfs,
  rbd: goneSources.rbd,
} as const satisfies { [source in keyof Volume]?: string | undefined };

const gone = Object.entries(goneInPods) as [keyof typeof goneInPods, string | undefined][];

/** Warnings of the volumes that stand at `path`. */
export function warnVolumes(volumes: Volume[], path: string): string[] {
  const warnings: string[] = [];
  for (const [index, volume] of volumes.entries()) {
    for (const [source, why] of gone) {
      if (!volume[source]) continue;
      const at = `${path}[${index}].${inWarnings(source)}`;
      if (why !== undefined) warnings.push(`${at}: ${why}`);
      else
        warnings.push(...warnClaimSpec(volume.ephemeral?.volumeClaimTemplate?.spec, `${at}.volumeClaimTemplate.spec`));
    }
  }
  for (const volume of volumes) warnings.push(...warnOverlaps(volume));
  return warnings;
}

/** A file of a volume, and whence it comes. */
interface PlacedFile {
  path: string;
  /** `ConfigMap`, and the name of that; empty where all are of one. */
  source: string;
  name?: string | undefined;
}

function warnOverlaps({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const volume = JSON.stringify(name);
  if (configMap?.items)
    return overlapsOf(volume, sourceText('ConfigMap', configMap.name ?? ''), [filesOf(configMap.items)]);
  if (secret?.items) return overlapsOf(volume, sourceText('Secret', secret.secretName ?? ''), [filesOf(secret.items)]);
  if (downwardAPI?.items) return overlapsOf(volume, 'DownwardAPI', [filesOf(downwardAPI.items)]);
  return projected?.sources ? overlapsOf(volume, 'Projected', projected.sources.map(projectedFiles)) : [];
}

/** The files that a source puts into its volume by name; undefined if it is none. */
function projectedFiles(source: VolumeProjection): PlacedFile[] | undefined {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap?.items) return filesOf(configMap.items, 'ConfigMap', configMap.name ?? '');
  if (secret?.items) return filesOf(secret.items, 'Secret', secret.name ?? '');
  if (downwardAPI?.items) return filesOf(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return filesOf([serviceAccountToken], 'ServiceAccountToken');
  return Object.keys(source).length === 0 ? undefined : [];
}

function filesOf(items: { path: string }[], source = '', name?: string): PlacedFile[] {
  return items.map(({ path }) => ({ path: path.endsWith('/') ? path.replace(/(?<!\/)\/+$/, '') : path, source, name }));
}

const sourceText = (kind: string, name: string): string => `${kind} ${JSON.stringify(name)}`;

function textOf({ path, source, name }: PlacedFile): string {
  if (source === '') return JSON.stringify(path);
  return `${JSON.stringify(path)} (${name === undefined ? source : sourceText(source, name)})`;
}

/** Warnings of each file and one before it of which one is where the other is, or below it. */
function overlapsOf(volume: string, kind: string, sources: (PlacedFile[] | undefined)[]): string[] {
  const clashing = inTheWay(sources.flatMap((files) => files ?? []));
  const seen: PlacedFile[] = [];
  // Up to where each has been compared. What is said of one of two files of one name and source is said of both.
  const compared = new Map<string, number>();
  const warnings = new Set<string>();
  for (const files of sources) {
    if (!files) warnings.add(`volume ${volume} (Projected) has no sources provided`);
    for (const file of files ?? []) {
      if (!clashing.has(file)) continue;
      const text = textOf(file);
      const start = compared.get(text);
      for (const other of seen.slice(start))
        if (overlap(file.path, other.path))
          warnings.add(`volume ${volume} (${kind}): overlapping paths: ${text} with ${textOf(other)}`);
      if (leaveNoRoom(warnings)) return [...warnings];
      compared.set(text, seen.length);
      if (start === undefined) seen.push(file);
    }
  }
  return [...warnings];
}

/** The files of which another is where they are, above or below. Found in order: what is below a path stands behind it. */
function inTheWay(files: PlacedFile[]): Set<PlacedFile> {
  const found = new Set<PlacedFile>();
  if (files.length < 2) return found;
  const sorted = files.filter(({ path }) => path !== '').map((file) => ({ file, key: `${file.path}/` }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  let top = sorted[0];
  for (const each of sorted.slice(1)) {
    if (top && each.key.startsWith(top.key)) found.add(top.file).add(each.file);
    else top = each;
  }
  return found;
}

function overlap(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}
