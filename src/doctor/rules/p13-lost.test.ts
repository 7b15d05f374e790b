import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { claim, driverName, object, pendingClaim, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p13Lost } from './p13-lost.ts';

const lost = claim({ status: { phase: 'Lost' } });
const apiVersion = 'snapshot.storage.k8s.io/v1';
const copy = object<VolumeSnapshot>(
  { apiVersion, kind: 'VolumeSnapshot', name: 'nightly', namespace: 'shop' },
  { spec: { source: { persistentVolumeClaimName: 'data' } }, status: { boundVolumeSnapshotContentName: 'content' } },
);
const content = object<VolumeSnapshotContent>(
  { apiVersion, kind: 'VolumeSnapshotContent', name: 'content' },
  { spec: { driver: driverName, source: { volumeHandle: 'disk-1' } } },
);

describeRule(p13Lost, {
  finds: [
    {
      name: 'volume object is gone -> found',
      objects: [lost],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'its disk may still exist',
      verdicts: { 'Make the PersistentVolume': 'needs-expert', 'Delete the Lost': 'unsafe' },
    },
    {
      name: 'volume belongs to another claim by now -> found',
      objects: [lost, volume({ spec: { claimRef: { name: 'other', uid: 'other' } } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'belongs to the claim shop/other',
    },
    {
      name: 'nobody has noticed yet, a snapshot remembers the disk -> found',
      objects: [claim(), copy, content],
      subjects: ['PersistentVolumeClaim shop/data'],
      verdicts: { 'Keep what is known': 'safe' },
    },
  ],
  passesBy: [
    { name: 'bound to its volume -> silent', objects: [claim(), volume()] },
    {
      name: 'volumes were not all read -> silent',
      objects: [claim()],
      snapshot: { coverage: { volumes: { state: 'partial', namespaces: [] } } },
    },
    { name: 'never bound, volume does not exist -> silent', objects: [pendingClaim({ spec: { volumeName: 'pv-9' } })] },
    {
      name: 'volume reserved by name only, UID not yet written -> silent',
      objects: [claim(), volume({ spec: { claimRef: { uid: undefined } } })],
    },
  ],
});
