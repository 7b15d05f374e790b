// What is in <backup>.tar.gz? Every object twice, as Velero writes it: at its resource's path, and below the
// version that the server prefers. The reader uses the first and ignores everything that it does not know.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, type Pack, pack } from 'tar-stream';
import type { KubeObject } from '../apimachinery/meta.ts';
import { backupFormatVersion } from '../apis/velero/types.ts';
import type { BackupItem } from './items.ts';

/** The tarball cannot be read. */
export class TarballError extends Error {
  override readonly name = 'TarballError';
}

/** The gzipped tarball of `items`, as a stream that is made while it is read. */
export function writeTarball(items: Iterable<BackupItem> | AsyncIterable<BackupItem>): AsyncIterable<Uint8Array> {
  const archive = pack();
  const gzip = createGzip();
  const written = (async () => {
    await writeEntry(archive, 'metadata/version', `${backupFormatVersion}\n`);
    let isEmpty = true;
    for await (const item of items) {
      isEmpty = false;
      const text = JSON.stringify(item.object);
      await writeEntry(archive, itemPath(item), text);
      await writeEntry(archive, itemPath(item, `${item.version}-preferredversion`), text);
    }
    // Without that folder it would count as damaged.
    if (isEmpty) archive.entry({ name: 'resources/', type: 'directory', mode: 0o755 });
    archive.finalize();
  })().catch((error: unknown) => archive.destroy(error as Error));
  const piped = pipeline(archive, gzip).catch((error: unknown) => gzip.destroy(error as Error));
  return (async function* () {
    try {
      yield* gzip as AsyncIterable<Uint8Array>;
    } finally {
      archive.destroy();
      gzip.destroy();
      await Promise.all([written, piped]);
    }
  })();
}

/**
 * The items of a gzipped tarball, in its order. Rejects with TarballError if it is damaged, cut off, or holds no
 * `resources` folder.
 */
export async function* readTarball(source: AsyncIterable<Uint8Array>): AsyncGenerator<BackupItem> {
  const gunzip = createGunzip();
  const archive = extract();
  const unpacked = pipeline(Readable.from(source), gunzip, archive);
  // The loop below reports the failure; this keeps it from being reported twice.
  unpacked.catch(() => undefined);
  let hasResources = false;
  try {
    for await (const entry of archive) {
      const place = placeOf(entry.header.name);
      hasResources ||= entry.header.name.startsWith('resources/');
      if (entry.header.type !== 'file' || !place) {
        entry.resume();
        continue;
      }
      yield await readItem(entry as AsyncIterable<Uint8Array>, place);
    }
    await unpacked;
  } catch (error) {
    if (error instanceof TarballError) throw error;
    throw new TarballError('Cannot read the backup: the tarball is damaged', { cause: error });
  } finally {
    archive.destroy();
    gunzip.destroy();
  }
  if (!hasResources) throw new TarballError('Cannot read the backup: the tarball has no folder "resources"');
}

/** `resources/statefulsets.apps/namespaces/shop/db.json`. */
export function itemPath(
  item: Pick<BackupItem, 'groupResource' | 'namespace' | 'name'>,
  versionFolder?: string,
): string {
  const scope = item.namespace === undefined ? ['cluster'] : ['namespaces', item.namespace];
  return [
    'resources',
    item.groupResource,
    ...(versionFolder ? [versionFolder] : []),
    ...scope,
    `${item.name}.json`,
  ].join('/');
}

type Place = Pick<BackupItem, 'groupResource' | 'namespace' | 'name'>;

function placeOf(path: string): Place | undefined {
  const [root, groupResource, scope, ...rest] = path.replace(/^\.\//, '').split('/');
  const file = rest.at(-1);
  if (root !== 'resources' || !groupResource || !file?.endsWith('.json')) return undefined;
  const name = file.slice(0, -'.json'.length);
  if (scope === 'cluster' && rest.length === 1) return { groupResource, namespace: undefined, name };
  if (scope === 'namespaces' && rest.length === 2) return { groupResource, namespace: rest[0], name };
  return undefined;
}

async function readItem(entry: AsyncIterable<Uint8Array>, place: Place): Promise<BackupItem> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  const object = parseObject(Buffer.concat(chunks).toString('utf8'), itemPath(place));
  const { namespace, name } = object.metadata;
  // The path decides nothing that the object contradicts: a restore creates what the object says.
  if (name !== place.name || (namespace ?? undefined) !== place.namespace) {
    throw new TarballError(`Cannot read the backup: ${itemPath(place)} holds another object`);
  }
  return { ...place, version: object.apiVersion?.split('/').at(-1) ?? '', object };
}

function parseObject(text: string, path: string): KubeObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TarballError(`Cannot read the backup: ${path} is not JSON`, { cause: error });
  }
  const object = value as Partial<KubeObject> | null;
  if (typeof object !== 'object' || !object?.apiVersion || !object.kind || !object.metadata?.name) {
    throw new TarballError(`Cannot read the backup: ${path} is not a Kubernetes object`);
  }
  return object as KubeObject;
}

function writeEntry(archive: Pack, name: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry({ name, mode: 0o755, type: 'file' }, text, (error) => (error ? reject(error) : resolve()));
  });
}
