// How is a claim's data kept before anything is done to its disk? By a snapshot, and the proof that there is one.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot } from '../../apis/snapshot/types.ts';
import { epochMsOf } from '../../base/clock.ts';
import { type Action, evidence, type Proof } from '../finding.ts';
import { driverOfVolume, volumeOfClaim } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { harmless } from './actions.ts';
import { create, kubectl } from './commands.ts';

const apiVersion = 'snapshot.storage.k8s.io/v1';

/** Cut a snapshot of the claim; the class is the one of its driver, if that is known. */
export function takeSnapshot(snapshot: Snapshot, claim: PersistentVolumeClaim): Action {
  const { namespace = '', name } = claim.metadata;
  const volume = volumeOfClaim(snapshot, claim);
  const driver = volume && driverOfVolume(volume);
  const volumeSnapshotClassName = snapshot.all('snapshotClasses').find((each) => each.driver === driver)?.metadata.name;
  return harmless({
    title: 'Take a snapshot first',
    why: 'It keeps the disk as it is now, and writes nothing to it.',
    commands: [
      create({
        apiVersion,
        kind: 'VolumeSnapshot',
        metadata: { generateName: `${name}-before-repair-`, namespace },
        spec: { volumeSnapshotClassName, source: { persistentVolumeClaimName: name } },
      }),
      kubectl(['get', 'volumesnapshots'], namespace),
    ],
  });
}

/** One of the claim that is ready and was cut at `sinceMs` (ms since the epoch) or later. */
export function readySnapshot(
  snapshot: Snapshot,
  { metadata: { namespace = '', name } }: PersistentVolumeClaim,
  sinceMs: number,
): VolumeSnapshot | undefined {
  return snapshot
    .where('snapshots', {
      index: 'snapshotsOfClaim',
      key: `${namespace}/${name}`,
      keysOf: ({ spec, metadata }) => [`${metadata.namespace}/${spec?.source?.persistentVolumeClaimName}`],
    })
    .find(({ status }) => status?.readyToUse === true && epochMsOf(status.creationTime ?? '') >= sinceMs);
}

/** That a snapshot of the claim is ready that was cut at `sinceMs` (ms since the epoch) or later. */
export function snapshotIsReady(snapshot: Snapshot, claim: PersistentVolumeClaim, sinceMs: number): Proof {
  const { namespace = '', name } = claim.metadata;
  const ready = readySnapshot(snapshot, claim, sinceMs);
  return {
    claim: `a snapshot of ${namespace}/${name} from after the fault is ready`,
    found: ready && evidence(ready, 'status.readyToUse', true),
    howTo: `Take one, and look until it is ready: ${kubectl(['get', 'volumesnapshots'], namespace)}`,
  };
}
