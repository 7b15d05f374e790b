import { snapshotClass, snapshotContent, volumeSnapshot } from '../testing/backup-builders.ts';
import { claim, minutesAgo, object, volume } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { n01SnapshotNotReady } from './n01-snapshot-not-ready.ts';

const definition = (plural: string) =>
  object(
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: `${plural}.snapshot.storage.k8s.io`,
    },
    {},
  );
const rest = [snapshotClass(), claim(), volume()];
const error = { message: 'failed to take snapshot: rpc error: code = ResourceExhausted' };

describeRule(n01SnapshotNotReady, {
  finds: [
    {
      name: 'storage refuses -> found with what it says',
      objects: [volumeSnapshot({ status: { readyToUse: false, error } }), snapshotContent(), ...rest],
      subjects: ['VolumeSnapshot shop/data-1'],
      sentence: 'ResourceExhausted',
      verdicts: { 'Look at the snapshot': 'safe', 'Remove the finalizers': 'unsafe' },
      blames: ['CSIDriver disk.csi.example.com'],
    },
    {
      name: 'nobody has looked at it -> the controller does not run',
      objects: [volumeSnapshot({ status: undefined }), ...rest],
      subjects: ['VolumeSnapshot shop/data-1'],
      sentence: 'has not been looked at',
    },
    {
      name: 'nobody has looked at its content -> the sidecar does not run',
      objects: [volumeSnapshot({ status: { readyToUse: undefined } }), snapshotContent({ status: undefined }), ...rest],
      subjects: ['VolumeSnapshot shop/data-1'],
      sentence: 'waits for the csi-snapshotter',
    },
    {
      name: 'its content is gone -> found',
      objects: [volumeSnapshot({ status: { readyToUse: false } }), ...rest],
      subjects: ['VolumeSnapshot shop/data-1'],
      sentence: 'does not exist',
    },
    {
      name: 'one of the definitions is missing -> found',
      objects: [definition('volumesnapshots'), definition('volumesnapshotclasses')],
      subjects: ['CustomResourceDefinition volumesnapshotcontents.snapshot.storage.k8s.io'],
    },
  ],
  passesBy: [
    { name: 'ready -> silent', objects: [volumeSnapshot(), snapshotContent(), ...rest] },
    {
      name: 'made a moment ago -> silent',
      objects: [volumeSnapshot({ metadata: { creationTimestamp: minutesAgo(1) }, status: undefined }), ...rest],
    },
    {
      name: 'its class does not exist -> silent: another rule says so',
      objects: [volumeSnapshot({ status: { readyToUse: false, error } }), claim(), volume()],
    },
    {
      name: 'is being deleted -> silent',
      objects: [volumeSnapshot({ metadata: { deletionTimestamp: minutesAgo(9) }, status: undefined }), ...rest],
    },
  ],
});
