// Which object asks for a volume's data? Its name follows from the restore and the claim.

import { createHash } from 'node:crypto';
import type { Draft } from '../../apimachinery/meta.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import { type Restore, veleroKeys } from '../../apis/velero/types.ts';
import { moverName } from '../../backup/movement-object.ts';
import { passwordKey } from '../../backup/repository-password.ts';
import type { VolumeData } from '../../backup/restore-plan.ts';
import { labelValueOf } from '../../backup/rewrite.ts';

/** Label of everything that is made for a download: the name of the download in namespace `velero`. */
export const downloadLabel = 'velero.io/data-download';
/** Keeps a DataDownload until its mover and its copy of the password are deleted. */
export const downloadFinalizer = 'amarre.io/data-download';

/** Which of the repositories' passwords: the location may have had another name when the backup was made. */
export const passwordKeyField = 'amarre.io/password-key';

/** Mode, owner, group and time of the volume's own folder. */
export const rootField = 'amarre.io/root';

/** The download of one volume of a restore. */
export function downloadDraft(
  restore: Restore,
  { data, location }: { data: VolumeData; location: string },
): Draft<DataDownload> {
  const { name, namespace = '', uid } = restore.metadata;
  const hash = createHash('sha256').update(`${uid}/${data.namespace}/${data.claimName}`).digest('hex').slice(0, 10);
  return {
    apiVersion: 'velero.io/v2alpha1',
    kind: 'DataDownload',
    metadata: {
      // Also a pod's name and a label's value.
      name: `${name.replaceAll('.', '-').slice(0, 40)}-${hash}`,
      namespace,
      labels: { [veleroKeys.restoreName]: labelValueOf(name), [veleroKeys.restoreUid]: uid },
      finalizers: [downloadFinalizer],
      ownerReferences: [{ apiVersion: 'velero.io/v1', kind: 'Restore', name, uid, controller: true }],
    },
    spec: {
      targetVolume: { namespace: data.namespace, pvc: data.claimName, pv: '' },
      backupStorageLocation: location,
      dataMoverConfig: {
        [passwordKeyField]: passwordKey({ location: data.location, namespace: data.sourceNamespace }),
        [rootField]: data.root,
      },
      datamover: moverName,
      snapshotID: data.snapshotId,
      snapshotSize: data.sizeBytes,
      sourceNamespace: data.sourceNamespace,
      operationTimeout: restore.spec?.itemOperationTimeout || '4h0m0s',
    },
    status: { phase: 'New' },
  };
}
