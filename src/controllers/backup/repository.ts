// Which repositories hold data? A BackupRepository says so for each, as Velero's command line lists them.

import { isStatus } from '../../apimachinery/status-error.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backupRepositories } from '../../apis/velero/resources.ts';
import { resticFolder } from '../../backup/layout.ts';
import type { Client } from '../../client/types.ts';

/** Makes the BackupRepository of a finished upload, if it does not exist yet. */
export async function ensureRepository(
  client: Client,
  { upload, locationPath }: { upload: DataUpload; locationPath: string },
  signal: AbortSignal,
): Promise<void> {
  const { backupStorageLocation = '', sourceNamespace = '' } = upload.spec ?? {};
  try {
    await client.create(
      backupRepositories,
      {
        apiVersion: 'velero.io/v1',
        kind: 'BackupRepository',
        metadata: {
          namespace: upload.metadata.namespace ?? '',
          name: `${sourceNamespace}-${backupStorageLocation}-restic`,
        },
        spec: {
          volumeNamespace: sourceNamespace,
          backupStorageLocation,
          repositoryType: 'restic',
          resticIdentifier: `${locationPath}/${resticFolder(sourceNamespace)}`,
          maintenanceFrequency: '24h0m0s',
        },
        status: { phase: 'Ready' },
      },
      signal,
    );
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}
