// What is restored, what is left out, and in which order?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RestoreSpec } from '../apis/velero/types.ts';
import type { BackupItem } from './items.ts';
import { inBackupOrder } from './ordered-resources.ts';
import { inRestoreOrder } from './restore-order.ts';
import { planRestore } from './restore-plan.ts';
import { item } from './testing/items.ts';

const ownedBy = (uid: string): object => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'K', name: 'n', uid, controller: true }],
});
const set = item('statefulsets.apps', 'shop/db');
const claim = item('persistentvolumeclaims', 'shop/data', {
  spec: { volumeName: 'pv-1', storageClassName: 'fast' },
  status: { capacity: { storage: '2Gi' } },
});
const upload = (phase: string): BackupItem =>
  item('datauploads.velero.io', 'velero/u', {
    spec: { sourceNamespace: 'shop', sourcePVC: 'data', backupStorageLocation: 'default' },
    status: { phase, snapshotID: 'abc', message: 'full', progress: { totalBytes: 7 } },
  });
const volume = (policy: string): BackupItem =>
  item('persistentvolumes', 'pv-1', {
    spec: { persistentVolumeReclaimPolicy: policy, claimRef: { namespace: 'shop', name: 'data', uid: 'x' } },
  });

test.each<{ name: string; items: BackupItem[]; spec?: RestoreSpec; want: string[] }>([
  {
    name: 'pod of a restored set -> left to the set',
    items: [
      set,
      item('pods', 'shop/db-0', { metadata: ownedBy(set.object.metadata.uid), status: { phase: 'Running' } }),
    ],
    want: ['statefulsets.apps db'],
  },
  {
    name: 'pod whose controller is not restored -> restored',
    items: [item('pods', 'shop/db-0', { metadata: ownedBy('other'), status: { phase: 'Running' } })],
    want: ['pods db-0'],
  },
  {
    name: 'pod that ended -> left out',
    items: [item('pods', 'shop/job', { status: { phase: 'Succeeded' } })],
    want: [],
  },
  {
    name: 'claim of a restored set -> restored',
    items: [
      set,
      {
        ...claim,
        object: { ...claim.object, metadata: { ...claim.object.metadata, ...ownedBy(set.object.metadata.uid) } },
      },
    ],
    want: ['persistentvolumeclaims data', 'statefulsets.apps db'],
  },
  {
    name: 'events, leases, tokens -> left out',
    items: [
      item('events', 'shop/e'),
      item('leases.coordination.k8s.io', 'shop/l'),
      item('secrets', 'shop/t', { type: 'kubernetes.io/service-account-token' }),
    ],
    want: [],
  },
  {
    name: 'volume with data in the backup -> provisioned anew',
    items: [claim, volume('Retain'), upload('Completed')],
    want: ['persistentvolumeclaims data'],
  },
  {
    name: 'volume to be deleted with its claim -> provisioned anew',
    items: [claim, volume('Delete')],
    want: ['persistentvolumeclaims data'],
  },
  {
    name: 'retained volume without data -> restored',
    items: [claim, volume('Retain')],
    want: ['persistentvolumes pv-1', 'persistentvolumeclaims data'],
  },
  {
    name: 'retained volume, restorePVs false -> left out',
    items: [claim, volume('Retain')],
    spec: { restorePVs: false },
    want: ['persistentvolumeclaims data'],
  },
  {
    name: 'one namespace -> its objects, its Namespace and what its claims need',
    items: [
      claim,
      item('namespaces', 'shop'),
      item('namespaces', 'other'),
      item('secrets', 'other/s'),
      item('storageclasses.storage.k8s.io', 'fast'),
      item('storageclasses.storage.k8s.io', 'slow'),
    ],
    spec: { includedNamespaces: ['shop'] },
    want: ['namespaces shop', 'storageclasses.storage.k8s.io fast', 'persistentvolumeclaims data'],
  },
  {
    name: 'only some resources -> these and their Namespace',
    items: [claim, set, item('namespaces', 'shop'), item('secrets', 'shop/s')],
    spec: { includedResources: ['secrets', 'statefulsets'] },
    want: ['namespaces shop', 'secrets s', 'statefulsets.apps db'],
  },
  {
    name: 'no cluster resources -> only the Namespace',
    items: [claim, item('namespaces', 'shop'), item('storageclasses.storage.k8s.io', 'fast')],
    spec: { includeClusterResources: false },
    want: ['namespaces shop', 'persistentvolumeclaims data'],
  },
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
    {
      sourceNamespace: 'shop',
      namespace: 'new',
      claimName: 'data',
      snapshotId: 'abc',
      sizeBytes: 7,
      location: 'default',
      root: '',
      capacity: '2Gi',
    },
  ]);
  expect(planRestore([claim, upload('Failed')], {})).toMatchObject({
    data: [],
    errors: [{ namespace: 'shop', message: 'The backup does not hold the data of claim shop/data: full' }],
  });
  expect(planRestore([claim, upload('Failed')], { excludedResources: ['persistentvolumeclaims'] }).errors).toEqual([]);
});

test("restore order -> Velero's", () => {
  const order = [
    'customresourcedefinitions.apiextensions.k8s.io',
    'namespaces',
    'storageclasses.storage.k8s.io',
    'persistentvolumes',
    'persistentvolumeclaims',
    'serviceaccounts',
    'secrets',
    'configmaps',
    'pods',
    'replicasets.apps',
    'services',
    'deployments.apps',
    'statefulsets.apps',
    'widgets.example.io',
    'clusters.cluster.x-k8s.io',
  ];
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
