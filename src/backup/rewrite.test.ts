// What does a restored object look like?

import { expect, test } from 'vitest';
import type { BackupItem } from './items.ts';
import { labelValueOf, type RewriteOptions, rewriteForRestore, withRoomForData } from './rewrite.ts';
import { item } from './testing/items.ts';

const options: RewriteOptions = {
  namespaceMapping: { shop: 'new' },
  backupName: 'b',
  restoreName: 'r',
  restoreUid: 'ru',
  preserveNodePorts: false,
  keepsVolume: false,
};

test.each<{ name: string; item: BackupItem; options?: Partial<RewriteOptions>; want: object }>([
  {
    name: 'any object -> only name, labels and annotations survive of its metadata',
    item: item('configmaps', 'shop/c', {
      metadata: {
        generation: 3,
        labels: { a: 'b' },
        annotations: { c: 'd' },
        ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid: 'x' }],
        managedFields: [],
      },
      data: { k: 'v' },
      status: {},
    }),
    want: {
      apiVersion: 'v1',
      kind: 'configmaps',
      data: { k: 'v' },
      metadata: {
        name: 'c',
        namespace: 'new',
        annotations: { c: 'd' },
        labels: { a: 'b', 'velero.io/backup-name': 'b', 'velero.io/restore-name': 'r', 'velero.io/restore-uid': 'ru' },
      },
    },
  },
  {
    name: 'bound claim -> unbound, without selected node and source',
    item: item('persistentvolumeclaims', 'shop/d', {
      metadata: {
        finalizers: ['kubernetes.io/pvc-protection'],
        annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/selected-node': 'n', keep: '1' },
      },
      spec: { volumeName: 'pv', dataSource: { kind: 'VolumeSnapshot', name: 's' }, storageClassName: 'fast' },
    }),
    want: {
      apiVersion: 'v1',
      kind: 'persistentvolumeclaims',
      metadata: expect.objectContaining({ annotations: { keep: '1' } }) as object,
      spec: { storageClassName: 'fast' },
    },
  },
  {
    name: 'claim whose volume is restored -> keeps it',
    item: item('persistentvolumeclaims', 'shop/d', { spec: { volumeName: 'pv' } }),
    options: { keepsVolume: true },
    want: expect.objectContaining({ spec: { volumeName: 'pv' } }) as object,
  },
  {
    name: 'service -> new addresses and node ports',
    item: item('services', 'shop/s', {
      spec: {
        clusterIP: '10.0.0.1',
        clusterIPs: ['10.0.0.1'],
        ports: [{ port: 1, nodePort: 30_000 }],
        healthCheckNodePort: 1,
      },
    }),
    want: expect.objectContaining({ spec: { ports: [{ port: 1 }] } }) as object,
  },
  {
    name: 'headless service, node ports wished for -> both kept',
    item: item('services', 'shop/s', { spec: { clusterIP: 'None', ports: [{ port: 1, nodePort: 30_000 }] } }),
    options: { preserveNodePorts: true },
    want: expect.objectContaining({ spec: { clusterIP: 'None', ports: [{ port: 1, nodePort: 30_000 }] } }) as object,
  },
  {
    name: 'pod -> unscheduled, without its token',
    item: item('pods', 'shop/p', {
      spec: {
        nodeName: 'n',
        priority: 1,
        volumes: [{ name: 'kube-api-access-x' }, { name: 'v' }],
        containers: [{ name: 'c', volumeMounts: [{ name: 'kube-api-access-x' }, { name: 'v' }] }],
      },
    }),
    want: expect.objectContaining({
      spec: { volumes: [{ name: 'v' }], containers: [{ name: 'c', volumeMounts: [{ name: 'v' }] }] },
    }) as object,
  },
  {
    name: 'namespace -> its new name',
    item: item('namespaces', 'shop', {
      metadata: { labels: { 'kubernetes.io/metadata.name': 'shop', team: 'a' } },
      spec: { finalizers: ['kubernetes'] },
    }),
    want: expect.objectContaining({ metadata: expect.objectContaining({ name: 'new' }) as object }) as object,
  },
  {
    name: 'volume -> waits for the claim in its new namespace',
    item: item('persistentvolumes', 'pv-1', {
      spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: 'shop', name: 'data', uid: 'x' } },
    }),
    want: expect.objectContaining({
      spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: 'new', name: 'data' } },
    }) as object,
  },
])('rewriteForRestore: $name', ({ item: subject, options: overrides, want }) => {
  const before = structuredClone(subject);
  expect(rewriteForRestore(subject, { ...options, ...overrides })).toEqual(want);
  expect(subject).toEqual(before);
});

test.each([
  ['1Gi', '2Gi', '2Gi'],
  ['2Gi', '1Gi', '2Gi'],
  ['1Gi', undefined, '1Gi'],
  ['1024Mi', '1Gi', '1024Mi'],
])('withRoomForData: requested %s, had %s -> %s', (requested, capacity, want) => {
  const object = { metadata: {}, spec: { resources: { requests: { storage: requested } } } };
  withRoomForData(object, capacity);
  expect(object.spec.resources.requests.storage).toBe(want);
});

test('labelValueOf: long name -> 63 characters, distinct', () => {
  const long = 'x'.repeat(80);
  expect(labelValueOf(long)).toHaveLength(63);
  expect(labelValueOf(long)).not.toBe(labelValueOf(`${long}y`));
  expect(labelValueOf('short')).toBe('short');
});
