// Which wrong moves does everybody know? Each with the reason to keep away from it.

import type { Action } from '../finding.ts';
import { wrongMove } from './actions.ts';

/** By the catalogue's codes U1 to U8. */
export const wrongMoves = {
  nullFinalizers: wrongMove({
    title: 'Remove the finalizers by hand',
    why: 'The finalizer is what waits for the storage; without it the object goes and the disk, or its attachment, is left behind.',
  }),
  forceDeletePod: wrongMove({
    title: 'Force-delete the pod, set the out-of-service taint or delete the Node without proof that it is off',
    why: 'Its containers may still write. A second writer on the same volume destroys the file system.',
  }),
  deleteAttachment: wrongMove({
    title: 'Delete the VolumeAttachment, or detach at the provider, while the volume may be mounted',
    why: 'A mounted file system that loses its disk loses what it had not written, and a second mount elsewhere corrupts it.',
  }),
  deleteClaim: wrongMove({
    title: 'Delete the claim or its namespace',
    why: 'With reclaim policy Delete the disk goes with it, and no verified copy is known.',
  }),
  repairFirst: wrongMove({
    title: 'Run fsck -y, mkfs or xfs_repair -L on the disk',
    why: 'A repair throws away what it does not understand. Take a snapshot first and repair a clone of it.',
  }),
  removeKubeletFolders: wrongMove({
    title: 'rm -rf below /var/lib/kubelet/pods',
    why: 'If the volume is still mounted there, its data is what gets removed.',
  }),
  deleteBackendDisk: wrongMove({
    title: 'Delete disks at the provider by hand',
    why: 'What looks orphaned may be the disk of a volume whose object is only missing here.',
  }),
  openPermissions: wrongMove({
    title: 'chmod 777, or run the application as root',
    why: 'It hides the cause, lets everyone on the node read the data, and the next mount may undo it.',
  }),
} as const satisfies Record<string, Action>;
