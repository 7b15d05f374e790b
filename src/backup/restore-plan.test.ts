// What is restored, what is left out, in which order, and in which shape?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../apimachinery/meta.ts';
import type { RestoreSpec } from '../apis/velero/types.ts';
import type { BackupItem } from './items.ts';
import { inBackupOrder } from './ordered-resources.ts';
import { inRestoreOrder } from './restore-order.ts';
import { planRestore } from './restore-plan.ts';
import { labelValueOf, rewriteForRestore, type RewriteOptions, withRoomForData } from './rewrite.ts';

type Extra = { metadata?: object; spec?: object; status?: object } & Record<string, unknown>;

function item(groupResource: string, path: string, extra: Extra = {}): BackupItem {
  const [first = '', second] = path.split('/');
  const [namespace, name] = second === undefined ? [undefined, first] : [first, second];
  const { metadata, ...rest } = extra;
  const object = {
    apiVersion: 'v1', kind: groupResource,
    metadata: { name, uid: `uid-${groupResource}-${path}`, resourceVersion: '9', creationTimestamp: 'x', ...(namespace && { namespace }), ...metadata },
    ...rest,
  };
  return { groupResource, version: 'v1', namespace, name, object: object as KubeObject };
}

const ownedBy = (uid: string): object => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid, controller: true }] });
const set = item('statefulsets.apps', 'shop/db');
const claim = item('persistentvolumeclaims', 'shop/data', { spec: { volumeName: 'pv-1', storageClassName: 'fast' }, status: { capacity: { storage: '2Gi' } } });
const upload = (phase: string): BackupItem =>
  item('datauploads.velero.io', 'velero/u', {
    spec: { sourceNamespace: 'shop', sourcePVC: 'data', backupStorageLocation: 'default' },
    status: { phase, snapshotID: 'abc', message: 'full', progress: { totalBytes: 7 } },
  });
const volume = (policy: string): BackupItem =>
  item('persistentvolumes', 'pv-1', { spec: { persistentVolumeReclaimPolicy: policy, claimRef: { namespace: 'shop', name: 'data', uid: 'x' } } });

test.each<{ name: string; items: BackupItem[]; spec?: RestoreSpec; want: string[] }>([
  {
    name: 'pod of a restored set -> left to the set',
    items: [set, item('pods', 'shop/db-0', { metadata: ownedBy(set.object.metadata.uid), status: { phase: 'Running' } })],
    want: ['statefulsets.apps db'],
  },
  {
    name: 'pod whose controller is not restored -> restored',
    items: [item('pods', 'shop/db-0', { metadata: ownedBy('other'), status: { phase: 'Running' } })],
    want: ['pods db-0'],
  },
  { name: 'pod that ended -> left out', items: [item('pods', 'shop/job', { status: { phase: 'Succeeded' } })], want: [] },
  { name: 'claim of a restored set -> restored', items: [set, { ...claim, object: { ...claim.object, metadata: { ...claim.object.metadata, ...ownedBy(set.object.metadata.uid) } } }], want: ['persistentvolumeclaims data', 'statefulsets.apps db'] },
  {
    name: 'events, leases, tokens -> left out',
    items: [item('events', 'shop/e'), item('leases.coordination.k8s.io', 'shop/l'), item('secrets', 'shop/t', { type: 'kubernetes.io/service-account-token' })],
    want: [],
  },
  { name: 'volume with data in the backup -> provisioned anew', items: [claim, volume('Retain'), upload('Completed')], want: ['persistentvolumeclaims data'] },
  { name: 'volume to be deleted with its claim -> provisioned anew', items: [claim, volume('Delete')], want: ['persistentvolumeclaims data'] },
  { name: 'retained volume without data -> restored', items: [claim, volume('Retain')], want: ['persistentvolumes pv-1', 'persistentvolumeclaims data'] },
  { name: 'retained volume, restorePVs false -> left out', items: [claim, volume('Retain')], spec: { restorePVs: false }, want: ['persistentvolumeclaims data'] },
  {
    name: 'one namespace -> its objects, its Namespace and what its claims need',
    items: [claim, item('namespaces', 'shop'), item('namespaces', 'other'), item('secrets', 'other/s'), item('storageclasses.storage.k8s.io', 'fast'), item('storageclasses.storage.k8s.io', 'slow')],
    spec: { includedNamespaces: ['shop'] },
    want: ['namespaces shop', 'storageclasses.storage.k8s.io fast', 'persistentvolumeclaims data'],
  },
  {
    name: 'only some resources -> these and their Namespace',
    items: [claim, set, item('namespaces', 'shop'), item('secrets', 'shop/s')],
    spec: { includedResources: ['secrets', 'statefulsets'] },
    want: ['namespaces shop', 'secrets s', 'statefulsets.apps db'],
  },
  { name: 'no cluster resources -> only the Namespace', items: [claim, item('namespaces', 'shop'), item('storageclasses.storage.k8s.io', 'fast')], spec: { includeClusterResources: false }, want: ['namespaces shop', 'persistentvolumeclaims data'] },
  {
    name: 'labels -> those that have them',
    items: [item('secrets', 'shop/a', { metadata: { labels: { app: 'x' } } }), item('secrets', 'shop/b')],
    spec: { labelSelector: { matchLabels: { app: 'x' } } },
    want: ['secrets a'],
  },
])('planRestore: $name', ({ items, spec = {}, want }) => {
  const plan = planRestore(items, spec);
  expect([...plan.foundation, ...plan.rest].map((each) => `${each.groupResource} ${each.name}`)).toEqual(want);
});

test('planRestore: data -> where it goes and what it is; data that is not whole -> an error', () => {
  expect(planRestore([claim, upload('Completed')], { namespaceMapping: { shop: 'new' } }).data).toEqual([
    { sourceNamespace: 'shop', namespace: 'new', claimName: 'data', snapshotId: 'abc', sizeBytes: 7, location: 'default', root: '', capacity: '2Gi' },
  ]);
  expect(planRestore([claim, upload('Failed')], {})).toMatchObject({
    data: [], errors: [{ namespace: 'shop', message: 'The backup does not hold the data of claim shop/data: full' }],
  });
  expect(planRestore([claim, upload('Failed')], { excludedResources: ['persistentvolumeclaims'] }).errors).toEqual([]);
});

const options: RewriteOptions = {
  namespaceMapping: { shop: 'new' }, backupName: 'b', restoreName: 'r', restoreUid: 'ru', preserveNodePorts: false, keepsVolume: false,
};

test.each<{ name: string; item: BackupItem; options?: Partial<RewriteOptions>; want: object }>([
  {
    name: 'any object -> only name, labels and annotations survive of its metadata',
    item: item('configmaps', 'shop/c', { metadata: { generation: 3, labels: { a: 'b' }, annotations: { c: 'd' }, ...ownedBy('x'), managedFields: [] }, data: { k: 'v' }, status: {} }),
    want: {
      apiVersion: 'v1', kind: 'configmaps', data: { k: 'v' },
      metadata: { name: 'c', namespace: 'new', annotations: { c: 'd' }, labels: { a: 'b', 'velero.io/backup-name': 'b', 'velero.io/restore-name': 'r', 'velero.io/restore-uid': 'ru' } },
    },
  },
  {
    name: 'bound claim -> unbound, without selected node and source',
    item: item('persistentvolumeclaims', 'shop/d', {
      metadata: { finalizers: ['kubernetes.io/pvc-protection'], annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/selected-node': 'n', keep: '1' } },
      spec: { volumeName: 'pv', dataSource: { kind: 'VolumeSnapshot', name: 's' }, storageClassName: 'fast' },
    }),
    want: { apiVersion: 'v1', kind: 'persistentvolumeclaims', metadata: expect.objectContaining({ annotations: { keep: '1' } }) as object, spec: { storageClassName: 'fast' } },
  },
  {
    name: 'claim whose volume is restored -> keeps it',
    item: item('persistentvolumeclaims', 'shop/d', { spec: { volumeName: 'pv' } }), options: { keepsVolume: true },
    want: expect.objectContaining({ spec: { volumeName: 'pv' } }) as object,
  },
  {
    name: 'service -> new addresses and node ports',
    item: item('services', 'shop/s', { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ port: 1, nodePort: 30_000 }], healthCheckNodePort: 1 } }),
    want: expect.objectContaining({ spec: { ports: [{ port: 1 }] } }) as object,
  },
  {
    name: 'headless service, node ports wished for -> both kept',
    item: item('services', 'shop/s', { spec: { clusterIP: 'None', ports: [{ port: 1, nodePort: 30_000 }] } }), options: { preserveNodePorts: true },
    want: expect.objectContaining({ spec: { clusterIP: 'None', ports: [{ port: 1, nodePort: 30_000 }] } }) as object,
  },
  {
    name: 'pod -> unscheduled, without its token',
    item: item('pods', 'shop/p', {
      spec: { nodeName: 'n', priority: 1, volumes: [{ name: 'kube-api-access-x' }, { name: 'v' }], containers: [{ name: 'c', volumeMounts: [{ name: 'kube-api-access-x' }, { name: 'v' }] }] },
    }),
    want: expect.objectContaining({ spec: { volumes: [{ name: 'v' }], containers: [{ name: 'c', volumeMounts: [{ name: 'v' }] }] } }) as object,
  },
  {
    name: 'namespace -> its new name',
    item: item('namespaces', 'shop', { metadata: { labels: { 'kubernetes.io/metadata.name': 'shop', team: 'a' } }, spec: { finalizers: ['kubernetes'] } }),
    want: expect.objectContaining({ metadata: expect.objectContaining({ name: 'new' }) as object }) as object,
  },
  {
    name: 'volume -> waits for the claim in its new namespace',
    item: volume('Retain'),
    want: expect.objectContaining({ spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: 'new', name: 'data' } } }) as object,
  },
])('rewriteForRestore: $name', ({ item: subject, options: overrides, want }) => {
  const before = structuredClone(subject);
  expect(rewriteForRestore(subject, { ...options, ...overrides })).toEqual(want);
  expect(subject).toEqual(before);
});

test.each([
  ['1Gi', '2Gi', '2Gi'], ['2Gi', '1Gi', '2Gi'], ['1Gi', undefined, '1Gi'], ['1024Mi', '1Gi', '1024Mi'],
])('withRoomForData: requested %s, had %s -> %s', (requested, capacity, want) => {
  const object = { metadata: {}, spec: { resources: { requests: { storage: requested } } } };
  withRoomForData(object, capacity);
  expect(object.spec.resources.requests.storage).toBe(want);
});

test('restore order -> Velero\'s', () => {
  const order = ['customresourcedefinitions.apiextensions.k8s.io', 'namespaces', 'storageclasses.storage.k8s.io', 'persistentvolumes', 'persistentvolumeclaims', 'serviceaccounts', 'secrets', 'configmaps', 'pods', 'replicasets.apps', 'services', 'deployments.apps', 'statefulsets.apps', 'widgets.example.io', 'clusters.cluster.x-k8s.io'];
  fc.assert(
    fc.property(fc.shuffledSubarray(order, { minLength: order.length }), (shuffled) => {
      expect(inRestoreOrder(shuffled.map((each) => item(each, 'x'))).map((each) => each.groupResource)).toEqual(order);
    }),
  );
});

test('orderedResources -> the named ones first, in their order', () => {
  const items = ['shop/a', 'shop/b', 'shop/c'].map((path) => item('pods', path));
  expect(inBackupOrder(items, { pods: 'shop/c, shop/b' }).map((each) => each.name)).toEqual(['c', 'b', 'a']);
  expect(inBackupOrder(items, null).map((each) => each.name)).toEqual(['a', 'b', 'c']);
});

test('labelValueOf: long name -> 63 characters, distinct', () => {
  const long = 'x'.repeat(80);
  expect(labelValueOf(long)).toHaveLength(63);
  expect(labelValueOf(long)).not.toBe(labelValueOf(`${long}y`));
  expect(labelValueOf('short')).toBe('short');
});
