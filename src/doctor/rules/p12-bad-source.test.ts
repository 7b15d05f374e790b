import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { claim, driverName, merged, object, pendingClaim, storageClass } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { p12BadSource } from './p12-bad-source.ts';

const apiVersion = 'snapshot.storage.k8s.io/v1';
const taken = (restoreSize: string) =>
  object<VolumeSnapshot>(
    { apiVersion, kind: 'VolumeSnapshot', name: 'nightly', namespace: 'shop' },
    { status: { readyToUse: true, restoreSize, boundVolumeSnapshotContentName: 'content' } },
  );
const content = (overrides: object = {}) =>
  object<VolumeSnapshotContent>(
    { apiVersion, kind: 'VolumeSnapshotContent', name: 'content' },
    merged({ spec: { driver: driverName, sourceVolumeMode: 'Filesystem', source: {} } }, overrides),
  );
const from = (kind: string, spec: object = {}) =>
  pendingClaim({ spec: { dataSourceRef: { kind, name: kind === 'VolumeSnapshot' ? 'nightly' : 'source' }, ...spec } });
const source = (overrides: object = {}) => claim(merged({ metadata: { name: 'source' } }, overrides));

describeRule(p12BadSource, {
  finds: [
    {
      name: 'smaller than the snapshot -> found',
      objects: [from('VolumeSnapshot'), storageClass(), taken('20Gi'), content()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'asks for 10Gi, and the snapshot needs 20Gi',
      verdicts: { 'Delete the claim': 'safe' },
    },
    {
      name: 'block from a file system -> found, and an expert may allow it',
      objects: [from('VolumeSnapshot', { volumeMode: 'Block' }), storageClass(), taken('10Gi'), content()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'is of mode Block, and the snapshot of Filesystem',
      verdicts: { 'Allow the change': 'needs-expert' },
    },
    {
      name: 'snapshot of another driver -> found',
      objects: [from('VolumeSnapshot'), storageClass(), taken('10Gi'), content({ spec: { driver: 'nfs' } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'the snapshot of nfs',
    },
    {
      name: 'no such snapshot -> found',
      objects: [from('VolumeSnapshot'), storageClass()],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'its source does not exist',
    },
    {
      name: 'clone smaller than its source -> found',
      objects: [from('PersistentVolumeClaim'), storageClass(), source({ status: { capacity: { storage: '11Gi' } } })],
      subjects: ['PersistentVolumeClaim shop/data'],
      sentence: 'its source has 11Gi',
    },
    {
      name: 'clone of another mode -> found',
      objects: [from('PersistentVolumeClaim'), storageClass(), source({ spec: { volumeMode: 'Block' } })],
      subjects: ['PersistentVolumeClaim shop/data'],
    },
  ],
  passesBy: [
    {
      name: 'as large as the snapshot -> silent',
      objects: [from('VolumeSnapshot'), storageClass(), taken('10Gi'), content()],
    },
    {
      name: 'change of mode allowed -> silent',
      objects: [
        from('VolumeSnapshot', { volumeMode: 'Block' }),
        storageClass(),
        taken('10Gi'),
        content({
          metadata: { annotations: { 'snapshot.storage.kubernetes.io/allow-volume-mode-change': 'true' } },
        }),
      ],
    },
    { name: 'clone of the same size -> silent', objects: [from('PersistentVolumeClaim'), storageClass(), source()] },
    { name: 'source of a kind of its own -> silent', objects: [from('Database'), storageClass()] },
    {
      name: 'snapshots of the namespace were not read -> silent',
      objects: [from('VolumeSnapshot'), storageClass()],
      snapshot: { coverage: { snapshots: { state: 'partial', namespaces: [] } } },
    },
  ],
});
