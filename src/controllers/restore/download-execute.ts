// What does a download do that an upload does not? Runs its mover beside the claim, with a copy of the password.

import { isStatus } from '../../apimachinery/status-error.ts';
import { pods, secrets } from '../../apis/resources.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import { dataDownloads } from '../../apis/velero/resources.ts';
import { createIfMissing, type MovementEdge, removeIfThere, type Way } from '../../backup/movement-execute.ts';
import { moverPodName } from '../../backup/movement-object.ts';
import { moverPod } from '../../backup/mover-pod.ts';
import { readPassword } from '../../backup/repository-password.ts';
import type { Outcome } from '../../client/controller.ts';
import { downloadFinalizer, downloadLabel, passwordKeyField, rootField } from './download-draft.ts';

export interface Download {
  download: DataDownload;
  edge: MovementEdge;
  /** The location's folder; undefined if it has none. */
  locationPath: string | undefined;
  /** Movers of this download that still exist. */
  moversLeft: number;
}

const passwordField = 'password';

/** How `download` goes. */
export function downloadWay(run: Download): Way<DataDownload> {
  return {
    resource: dataDownloads,
    noun: 'download',
    finalizer: downloadFinalizer,
    expose: (attempt, signal) => expose(run, attempt, signal),
    finish: async () => ({}),
    cleanUp: (signal) => cleanUp(run, signal),
  };
}

/** Makes the mover in the claim's namespace, as the claim's first consumer, with a copy of the password beside it. */
async function expose(
  { download, edge, locationPath }: Download,
  attempt: number,
  signal: AbortSignal,
): Promise<Outcome | { failure: string }> {
  const { spec, metadata } = download;
  if (!spec) return { failure: 'The download has no spec' };
  const { namespace, pvc } = spec.targetVolume;
  let password: string;
  try {
    password = await readPassword(edge.client, spec.dataMoverConfig?.[passwordKeyField] ?? '', signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    return { failure: error.message };
  }
  const labels = { [downloadLabel]: metadata.name };
  const secret = { metadata: { name: metadata.name, namespace, labels }, data: { [passwordField]: password } };
  await createIfMissing(edge.client, { resource: secrets, draft: secret }, signal);
  const mover = moverPod({
    name: moverPodName(download, attempt),
    namespace,
    labels,
    claimName: pvc,
    source: { namespace: spec.sourceNamespace, claimName: pvc },
    locationPath: locationPath ?? '',
    password: { secretName: metadata.name, key: passwordField },
    work: { type: 'download', snapshotId: spec.snapshotID, root: safeRoot(spec.dataMoverConfig?.[rootField]) },
  });
  await createIfMissing(edge.client, { resource: pods, draft: mover }, signal);
  // The mover's pod wakes this download.
  return { requeue: 'never' };
}

/** The mover splits it into words: only numbers may be in it. */
function safeRoot(root = ''): string {
  return /^[0-7]{1,4} \d+ \d+ \d+$/.test(root) ? root : '';
}

/** Lets go only when no mover is left: one that still runs would hold the volume. */
async function cleanUp({ download, edge, moversLeft }: Download, signal: AbortSignal): Promise<boolean> {
  const at = { namespace: download.spec?.targetVolume.namespace, name: download.metadata.name };
  await removeIfThere(edge.client, { resource: secrets, at }, signal);
  return moversLeft === 0;
}
