// Which folder is a backup storage location? Pure reading of its spec.

import { isAbsolute, normalize } from 'node:path';
import type { BackupStorageLocation } from '../apis/velero/types.ts';
import type { ObjectStore } from './object-store.ts';

/** The provider that keeps backups in a folder of the host; `spec.config.path` names the folder. */
export const filesystemProvider = 'amarre.io/filesystem';

/** Opens the store in a folder. */
export type OpenStore = (path: string) => ObjectStore;

/** The folder of a location, its prefix included, or why it has none. */
export function folderOf(location: BackupStorageLocation): { path: string } | { error: string } {
  const { name } = location.metadata;
  const provider = location.spec?.provider ?? '';
  if (provider !== filesystemProvider) {
    return {
      error: `Cannot use location "${name}": provider "${provider}" is not served; use "${filesystemProvider}"`,
    };
  }
  const path = location.spec?.config?.['path'];
  if (!path || !isAbsolute(path)) {
    return {
      error: `Cannot use location "${name}": spec.config.path must be an absolute path, found ${JSON.stringify(path ?? '')}`,
    };
  }
  const prefix = location.spec?.objectStorage.prefix?.replace(/^\/+|\/+$/g, '');
  return { path: normalize(prefix ? `${path}/${prefix}` : path).replace(/\/+$/, '') || '/' };
}

/** The location that a backup names, else the default one. */
export function locationNamed(
  name: string | undefined,
  locations: BackupStorageLocation[],
): BackupStorageLocation | undefined {
  if (name) return locations.find((location) => location.metadata.name === name);
  return (
    locations.find((location) => location.spec?.default === true) ??
    locations.find((location) => location.metadata.name === 'default')
  );
}
