// N01: a snapshot does not become ready.

import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { sidecarPods } from '../snapshot/sidecars.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { classProblem, driverOfSnapshot } from '../snapshot/snapshot-class.ts';

const group = 'snapshot.storage.k8s.io';
const definitionNames = ['volumesnapshots', 'volumesnapshotcontents', 'volumesnapshotclasses'].map(
  (plural) => `${plural}.${group}`,
);

export const n01SnapshotNotReady = defineRule({
  id: 'N01',
  title: 'Snapshot does not become ready',
  severity: 'High',
  needs: ['snapshots', 'snapshotContents', 'definitions'],
  reads: ['snapshotClasses', 'claims', 'volumes', 'pods'],
  page: {
    symptom:
      'readyToUse of a VolumeSnapshot stays false or absent; "SnapshotContentCreationFailed", or no event at all.',
    cause:
      'The snapshot controller or the csi-snapshotter of the driver does not run, one of the three CRDs is missing, or the storage refuses.',
    consequence: 'There is no snapshot, and backups that wait for it fail.',
    remedy: 'What has no status was never looked at: run the controller. What has an error names what to mend.',
    wrongMoves: 'Removing the finalizers of the content: the snapshot in the storage is then owned by nobody.',
    sources: ['https://github.com/kubernetes-csi/external-snapshotter/tree/master/pkg'],
  },
  examine: (snapshot, { graceMs }) => [
    ...missingDefinitions(snapshot),
    ...snapshot
      .all('snapshots')
      .filter(({ status, metadata }) => status?.readyToUse !== true && !metadata.deletionTimestamp)
      .filter(({ metadata }) => (snapshot.ageMs(metadata.creationTimestamp) ?? 0) > graceMs)
      // Without a class, another rule says so.
      .filter((each) => !classProblem(snapshot, each))
      .map((each) => findingOf(snapshot, each)),
  ],
});

/** All three are there, or none: with some of them the controller does not start. */
function missingDefinitions(snapshot: Snapshot): FindingDraft[] {
  const missing = definitionNames.filter((name) => !snapshot.find('definitions', { name }));
  const present = definitionNames.filter((name) => !missing.includes(name));
  if (missing.length === 0 || present.length === 0 || !snapshot.covers('definitions')) return [];
  return missing.map((name) => ({
    subject: { kind: 'CustomResourceDefinition', name },
    sentence: `The definition ${name} is not installed, and without it no snapshot is made.`,
    evidence: present.map((each) => evidence({ kind: 'CustomResourceDefinition', name: each }, 'metadata.name', each)),
    actions: [
      harmless({
        title: 'Install the definitions of one release of the external-snapshotter, all three',
        why: 'Adding a definition changes nothing that exists.',
        commands: [kubectl(['get', 'customresourcedefinitions', ...present])],
      }),
    ],
  }));
}

interface Diagnosis {
  cause: string;
  said: string;
  facts: Evidence[];
}

function diagnose(snapshot: Snapshot, volumeSnapshot: VolumeSnapshot): Diagnosis {
  const { status } = volumeSnapshot;
  const name = status?.boundVolumeSnapshotContentName ?? volumeSnapshot.spec.source.volumeSnapshotContentName;
  const content = name ? snapshot.find('snapshotContents', { name }) : undefined;
  const error = status?.error ?? content?.status?.error;
  if (error)
    return {
      cause: 'The storage, its driver or the snapshot controller refuses, and says why.',
      said: `fails: ${(error.message ?? '').slice(0, 120)}`,
      facts: [
        evidence(status?.error ? volumeSnapshot : (content ?? volumeSnapshot), 'status.error.message', error.message),
      ],
    };
  if (name && !content && snapshot.covers('snapshotContents'))
    return {
      cause: 'The content that the snapshot names does not exist: somebody deleted it, or it was never made.',
      said: `names the content ${name}, which does not exist`,
      facts: [evidence(volumeSnapshot, 'status.boundVolumeSnapshotContentName', name)],
    };
  if (content && !content.status) return unseenContent(snapshot, content);
  if (!status)
    return {
      cause: 'Nobody has looked at the snapshot: the snapshot controller does not run, or is not installed.',
      said: 'has not been looked at by any controller',
      facts: [evidence(volumeSnapshot, 'status', undefined)],
    };
  return {
    cause: 'The storage is still cutting the snapshot, or copying it.',
    said: 'is still not ready',
    facts: content ? [evidence(content, 'status.readyToUse', content.status?.readyToUse)] : [],
  };
}

function unseenContent(snapshot: Snapshot, content: VolumeSnapshotContent): Diagnosis {
  const { driver } = content.spec;
  const pods = sidecarPods(snapshot, driver, 'csi-snapshotter');
  return {
    cause: `The csi-snapshotter of ${driver} does not run, or its driver makes no snapshots.`,
    said: `waits for the csi-snapshotter of ${driver}`,
    facts: [
      evidence(content, 'status', undefined),
      ...pods.map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
    ],
  };
}

function findingOf(snapshot: Snapshot, volumeSnapshot: VolumeSnapshot): FindingDraft {
  const { namespace = '', name } = volumeSnapshot.metadata;
  const { cause, said, facts } = diagnose(snapshot, volumeSnapshot);
  const claim = volumeSnapshot.spec.source.persistentVolumeClaimName;
  const contentName = volumeSnapshot.status?.boundVolumeSnapshotContentName;
  return {
    subject: refTo(volumeSnapshot),
    related: [
      ...(contentName ? [{ kind: 'VolumeSnapshotContent', name: contentName }] : []),
      ...(claim ? [{ kind: 'PersistentVolumeClaim', namespace, name: claim }] : []),
    ],
    sentence: `Snapshot ${name} ${said}.`,
    evidence: [evidence(volumeSnapshot, 'status.readyToUse', volumeSnapshot.status?.readyToUse), ...facts],
    cause,
    blames: [
      ...definitionNames.map((each) => ({ kind: 'CustomResourceDefinition', name: each })),
      { kind: 'CSIDriver', name: driverOfSnapshot(snapshot, volumeSnapshot) ?? '' },
      ...(claim ? [{ kind: 'PersistentVolumeClaim', namespace, name: claim }] : []),
    ],
    actions: [
      harmless({
        title: 'Look at the snapshot, its content and the controllers',
        why: 'It only reads.',
        commands: [
          kubectl(['describe', 'volumesnapshot', name], namespace),
          ...(contentName ? [kubectl(['describe', 'volumesnapshotcontent', contentName])] : []),
          'kubectl get pods --all-namespaces | grep -i snapshot',
        ],
      }),
      wrongMoves.nullFinalizers,
    ],
  };
}
