// What is said of the volumes of a pod that is taken? Source: pkg/api/pod/warnings.go.

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
  source: string;
}

type Items = { path: string }[] | undefined;

function warnOverlaps({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const volume = JSON.stringify(name);
  const warnings: string[] = [];
  const warn = (kind: string, files: PlacedFile[], before?: PlacedFile[]): void => {
    const overlaps = overlapsOf(files, before).map(
      (overlap) => `volume ${volume} (${kind}): overlapping paths: ${overlap}`,
    );
    warnings.push(...overlaps);
  };
  if (configMap?.items) warn(`ConfigMap ${JSON.stringify(configMap.name ?? '')}`, filesOf(configMap.items));
  if (secret?.items) warn(`Secret ${JSON.stringify(secret.secretName ?? '')}`, filesOf(secret.items));
  if (downwardAPI?.items) warn('DownwardAPI', filesOf(downwardAPI.items));
  if (!projected) return warnings;
  const files: PlacedFile[] = [];
  for (const source of projected.sources ?? []) {
    if (Object.keys(source).length === 0) warnings.push(`volume ${volume} (Projected) has no sources provided`);
    const own = projectedFiles(source);
    warn('Projected', own, files);
    files.push(...own);
  }
  return warnings;
}

/** The files that a source puts into its volume by name. */
function projectedFiles({ configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection): PlacedFile[] {
  if (configMap?.items) return filesOf(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items) return filesOf(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items) return filesOf(downwardAPI.items, 'DownwardAPI');
  return serviceAccountToken ? filesOf([serviceAccountToken], 'ServiceAccountToken') : [];
}

function filesOf(items: Items, source = ''): PlacedFile[] {
  return (items ?? []).map(({ path }) => ({ path: path.replace(/\/+$/, ''), source }));
}

/** `"a/b" with "a"`: each pair of a file and one that stands before it, of which one is where the other is, or below it. */
function overlapsOf(files: PlacedFile[], before: PlacedFile[] = []): string[] {
  const textOf = ({ path, source }: PlacedFile): string =>
    source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
  return files.flatMap((file, index) =>
    [...before, ...files.slice(0, index)]
      .filter((other) => overlap(file.path, other.path))
      .map((other) => `${textOf(file)} with ${textOf(other)}`),
  );
}

function overlap(a: string, b: string): boolean {
  return a !== '' && b !== '' && (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`));
}
