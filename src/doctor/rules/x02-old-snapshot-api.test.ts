import { backup } from '../testing/backup-builders.ts';
import { object, pod } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { ownedBy } from '../testing/workload-builders.ts';
import { x02OldSnapshotApi } from './x02-old-snapshot-api.ts';

const definition = (storedVersions: string[], served: string[] = ['v1'], group = 'snapshot.storage.k8s.io') =>
  object(
    { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `volumesnapshots.${group}` },
    {
      spec: {
        group,
        names: { plural: 'volumesnapshots', kind: 'VolumeSnapshot' },
        versions: served.map((name) => ({ name, served: true, storage: name === 'v1' })),
      },
      status: { storedVersions },
    },
  );
const sidecar = (tag: string) =>
  pod({
    metadata: { name: 'snapshot-controller-x', ...ownedBy('StatefulSet', 'snapshot-controller') },
    spec: { containers: [{ name: 'c', image: `registry.k8s.io/sig-storage/snapshot-controller:${tag}` }] },
  });
const noMatch = 'no matches for kind "VolumeSnapshotClass" in version "snapshot.storage.k8s.io/v1beta1"';

describeRule(x02OldSnapshotApi, {
  finds: [
    {
      name: 'store may hold the old version -> found before the next definitions are refused',
      objects: [definition(['v1beta1', 'v1'], ['v1beta1', 'v1'])],
      subjects: ['CustomResourceDefinition volumesnapshots.snapshot.storage.k8s.io'],
      verdicts: { 'Write all': 'safe', 'Take v1beta1': 'safe-after-proof', 'Delete the definitions': 'unsafe' },
    },
    {
      name: 'backup tool asks for the old version -> found',
      objects: [definition(['v1']), backup({ status: { phase: 'Failed', failureReason: noMatch } })],
      subjects: ['Backup velero/nightly-1'],
      verdicts: { 'Upgrade the tool': 'needs-expert' },
    },
    {
      name: 'controller knows only the old version -> found',
      objects: [definition(['v1']), sidecar('v3.0.3')],
      subjects: ['StatefulSet shop/snapshot-controller'],
      sentence: 'the cluster has only v1',
    },
  ],
  passesBy: [
    { name: 'only v1 -> silent', objects: [definition(['v1']), sidecar('v8.2.0'), backup()] },
    {
      name: 'old controller beside old definitions -> silent',
      objects: [definition(['v1beta1'], ['v1beta1']), sidecar('v3.0.3')],
    },
    {
      name: 'definition of somebody else -> silent',
      objects: [definition(['v1beta1', 'v1'], ['v1beta1', 'v1'], 'example.com')],
    },
    {
      name: 'backup failed otherwise -> silent',
      objects: [definition(['v1']), backup({ status: { phase: 'Failed', failureReason: 'no space' } })],
    },
  ],
});
