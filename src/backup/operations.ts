// How are the movements of volume data told in a backup's and a restore's files? In Velero's shapes.

import type { DataDownload, DataUpload } from '../apis/velero/data-types.ts';
import type { Backup, Restore } from '../apis/velero/types.ts';
import { downloadAction, uploadAction } from './plugins.ts';

/** One entry of an `itemoperations` file. Source: Velero's itemoperation package; ResourceIdentifier has no JSON names. */
export interface ItemOperation {
  spec: Record<string, unknown>;
  status: {
    phase: 'Completed' | 'Failed';
    error?: string;
    nCompleted: number;
    nTotal: number;
    operationUnits: 'Bytes';
    created: string;
    started?: string;
    updated?: string;
  };
}

/** The upload of one volume, as an operation of its backup. */
export function uploadOperation({ metadata: { name, uid } }: Backup, upload: DataUpload): ItemOperation {
  const { sourceNamespace = '', sourcePVC = '' } = upload.spec ?? {};
  return {
    spec: {
      backupName: name,
      backupUID: uid,
      backupItemAction: uploadAction,
      resourceIdentifier: claimIdentifier(sourceNamespace, sourcePVC),
      operationID: upload.metadata.name,
    },
    status: operationStatus(upload),
  };
}

/** The download of one volume, as an operation of its restore. */
export function downloadOperation({ metadata: { name, uid } }: Restore, download: DataDownload): ItemOperation {
  const { namespace = '', pvc = '' } = download.spec?.targetVolume ?? {};
  return {
    spec: {
      restoreName: name,
      restoreUID: uid,
      restoreItemAction: downloadAction,
      resourceIdentifier: claimIdentifier(namespace, pvc),
      operationID: download.metadata.name,
    },
    status: operationStatus(download),
  };
}

function claimIdentifier(namespace: string, name: string): Record<string, string> {
  return { Group: '', Resource: 'persistentvolumeclaims', Namespace: namespace, Name: name };
}

function operationStatus({ metadata, status }: DataUpload | DataDownload): ItemOperation['status'] {
  const { startTimestamp, completionTimestamp, progress, message } = status ?? {};
  const isWhole = status?.phase === 'Completed';
  return {
    phase: isWhole ? 'Completed' : 'Failed',
    ...(!isWhole && { error: message || `It ended ${status?.phase ?? 'before it began'}` }),
    nCompleted: progress?.bytesDone ?? 0,
    nTotal: progress?.totalBytes ?? 0,
    operationUnits: 'Bytes',
    created: metadata.creationTimestamp,
    ...(startTimestamp && { started: startTimestamp }),
    ...(completionTimestamp && { updated: completionTimestamp }),
  };
}
