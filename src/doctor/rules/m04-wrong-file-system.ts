// M04: the disk can't be mounted as the file system that the volume names: another is on it, or none that is known.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Action, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless } from '../safety/actions.ts';
import { blank, commandLine, kubectl } from '../safety/commands.ts';
import { takeSnapshot } from '../safety/snapshot-first.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { claimOfVolume } from '../snapshot/joins.ts';
import { type MountFailure, mountFailures, volumesNamedBy } from '../snapshot/mounts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { isBesideItsSource } from './m05-duplicate-uuid.ts';

export const m04WrongFileSystem = defineRule({
  id: 'M04',
  title: 'Disk holds another file system than the volume says',
  severity: 'Critical',
  needs: ['pods', 'claims', 'volumes', 'events'],
  reads: ['classes'],
  page: {
    symptom:
      'The pod stays in ContainerCreating: "failed to mount the volume as "ext3", it already contains unknown data, probably partitions", or "wrong fs type, bad option, bad superblock".',
    cause:
      "The volume's fsType is not what is on the disk: the class changed since, a static volume names the wrong type, or the handle is that of a foreign disk.",
    consequence: 'The pod does not start. Formatting the disk would destroy what is on it.',
    remedy: 'Look at what is on the disk, and make a volume with the right fsType for the same handle.',
    wrongMoves: 'mkfs: the message says that there is data. fsck or xfs_repair before a snapshot.',
    sources: ['https://github.com/kubernetes/mount-utils'],
  },
  examine: (snapshot) => {
    const byVolume = new Map<PersistentVolume, MountFailure>();
    for (const failure of mountFailures(snapshot, eventTexts.wrongFileSystem))
      for (const volume of volumesNamedBy(snapshot, failure.pod, failure.event.message ?? ''))
        if (!isBesideItsSource(snapshot, volume, failure.pod)) byVolume.set(volume, failure);
    return [...byVolume].map(([volume, failure]) =>
      volume.spec?.nfs ? helperMissing(volume, failure) : findingOf(snapshot, volume, failure),
    );
  },
});

function findingOf(snapshot: Snapshot, volume: PersistentVolume, { pod, facts }: MountFailure): FindingDraft {
  const claim = claimOfVolume(snapshot, volume);
  const { name } = volume.metadata;
  const fsType = volume.spec?.csi?.fsType;
  const storageClass = snapshot.find('classes', { name: volume.spec?.storageClassName ?? '' });
  const classType = storageClass?.parameters?.['csi.storage.k8s.io/fstype'];
  return {
    subject: refTo(volume),
    related: [pod, ...(claim ? [claim] : [])].map(refTo),
    sentence: `Volume ${name} can't be mounted as ${fsType ?? 'the default file system'}: its disk holds something else, and pod ${pod.metadata.name} waits.`,
    evidence: [
      ...facts,
      evidence(volume, 'spec.csi.fsType', fsType),
      evidence(volume, 'spec.csi.volumeHandle', volume.spec?.csi?.volumeHandle),
      ...(storageClass ? [evidence(storageClass, 'parameters[csi.storage.k8s.io/fstype]', classType)] : []),
    ],
    cause:
      classType && fsType && classType !== fsType
        ? `The class makes ${classType} by now, and the volume says ${fsType}: one of them is not what was put on the disk.`
        : 'What is on the disk is not the file system that the volume names, or not a file system at all.',
    blames: claim ? [refTo(claim)] : [],
    actions: [
      lookAtDisk(volume, pod.spec?.nodeName ?? ''),
      ...(claim ? [takeSnapshot(snapshot, claim)] : []),
      forExpert({
        title: 'Make the volume again with the fsType that is on the disk',
        why: 'The source of a PersistentVolume never changes: it has to be kept (Retain), deleted and made again for the same handle and claim.',
        commands: [kubectl(['get', 'persistentvolume', name, '-o', 'yaml'])],
      }),
      wrongMoves.repairFirst,
      wrongMoves.deleteClaim,
    ],
  };
}

function lookAtDisk(volume: PersistentVolume, nodeName: string): Action {
  return harmless({
    title: `Look at what is on the disk, on ${nodeName}`,
    why: `It only reads. The disk is that of the handle ${volume.spec?.csi?.volumeHandle ?? '(none)'}.`,
    commands: [
      commandLine('lsblk', '--fs'),
      commandLine('blkid', '-p', blank('DISK', 'the device, as lsblk lists it', '/dev/')),
    ],
  });
}

/** mount(8) says the same of a network file system whose helper program is not there. */
function helperMissing(volume: PersistentVolume, { pod, facts }: MountFailure): FindingDraft {
  const nodeName = pod.spec?.nodeName ?? '';
  return {
    severity: 'High',
    subject: { kind: 'Node', name: nodeName },
    related: [volume, pod].map(refTo),
    sentence: `Node ${nodeName} can't mount NFS volume ${volume.metadata.name}: most often it lacks the NFS client programs.`,
    evidence: [...facts, evidence(volume, 'spec.nfs.server', volume.spec?.nfs?.server)],
    cause:
      'mount(8) names a wrong type also if the helper program of a network file system (mount.nfs) is not installed.',
    consequence: 'No NFS volume is mounted on this node.',
    actions: [
      harmless({
        title: `Look for mount.nfs on ${nodeName}`,
        why: 'If it is missing, install the package nfs-common or nfs-utils there, as on the other nodes.',
        commands: [commandLine('ls', '-l', '/sbin/mount.nfs')],
      }),
    ],
  };
}
