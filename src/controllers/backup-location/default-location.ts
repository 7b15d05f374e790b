// Where do backups go in a fresh cluster? Into the location `default`, a folder of the host.

import { isStatus } from '../../apimachinery/status-error.ts';
import { namespaces } from '../../apis/resources.ts';
import { backupStorageLocations } from '../../apis/velero/resources.ts';
import { veleroNamespace } from '../../apis/velero/types.ts';
import { filesystemProvider } from '../../backup/location.ts';
import type { Client } from '../../client/types.ts';

/**
 * Makes the namespace `velero` and the location `default` in the folder `path` (absolute; its parent must exist).
 * What exists already stays as it is. Rejects as Client does.
 */
export async function ensureDefaultBackupLocation(client: Client, path: string, signal: AbortSignal): Promise<void> {
  await unlessThere(
    client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: veleroNamespace } }, signal),
  );
  await unlessThere(
    client.create(
      backupStorageLocations,
      {
        apiVersion: 'velero.io/v1',
        kind: 'BackupStorageLocation',
        metadata: { name: 'default', namespace: veleroNamespace },
        spec: { provider: filesystemProvider, config: { path }, objectStorage: { bucket: 'default' }, default: true },
      },
      signal,
    ),
  );
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}
