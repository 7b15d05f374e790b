import { expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { ResourceQuota } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import { kindsOf, reconcileQuota, type Step } from './reconcile.ts';

const metadata = {
  name: 'q',
  namespace: 'shop',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};
const quota = (hard: Record<string, string>, rest: object = {}): ResourceQuota => ({
  metadata,
  spec: { hard },
  ...rest,
});
const nowMs = epochMsOf('2026-01-01T01:00:00Z');

const pod = (requests: object, rest: { metadata?: object; status?: object } = {}): KubeObject =>
  ({
    metadata: { ...metadata, name: 'p', ...rest.metadata },
    spec: { containers: [{ name: 'a', resources: { requests } }] },
    status: rest.status ?? {},
  }) as KubeObject;

test.each<{ name: string; quota: ResourceQuota; objects: Record<string, KubeObject[]>; want: Step }>([
  {
    name: 'new quota -> limits repeated, nothing used',
    quota: quota({ pods: '2' }),
    objects: { pods: [] },
    want: { type: 'WriteStatus', hard: { pods: '2' }, used: { pods: '0' }, givesBack: false },
  },
  {
    name: 'counted and right -> settled, also in another notation',
    quota: quota(
      { 'requests.cpu': '1' },
      { status: { hard: { 'requests.cpu': '1000m' }, used: { 'requests.cpu': '0.5' } } },
    ),
    objects: { pods: [pod({ cpu: '500m' })] },
    want: { type: 'Settled' },
  },
  {
    name: 'pod has ended, or its time to end is over -> counts for nothing',
    quota: quota({ pods: '9', 'count/pods': '9' }),
    objects: {
      pods: [
        pod({}, { status: { phase: 'Succeeded' } }),
        pod({}, { metadata: { deletionTimestamp: '2026-01-01T00:10:00Z', deletionGracePeriodSeconds: 30 } }),
        pod({}),
      ],
    },
    want: {
      type: 'WriteStatus',
      hard: { pods: '9', 'count/pods': '9' },
      used: { pods: '1', 'count/pods': '3' },
      givesBack: false,
    },
  },
  {
    name: 'less than was charged -> gives back',
    quota: quota({ pods: '9' }, { status: { hard: { pods: '9' }, used: { pods: '3' } } }),
    objects: { pods: [pod({})] },
    want: { type: 'WriteStatus', hard: { pods: '9' }, used: { pods: '1' }, givesBack: true },
  },
  {
    name: 'limit taken away -> its use goes too',
    quota: quota({ pods: '1' }, { status: { hard: { pods: '1', secrets: '1' }, used: { pods: '0', secrets: '1' } } }),
    objects: { pods: [] },
    want: { type: 'WriteStatus', hard: { pods: '1' }, used: { pods: '0' }, givesBack: false },
  },
  {
    name: 'quota is being deleted -> settled',
    quota: { ...quota({ pods: '1' }), metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
    objects: {},
    want: { type: 'Settled' },
  },
])('reconcileQuota: $name', ({ quota: each, objects, want }) => {
  expect(reconcileQuota({ quota: each, objects: new Map(Object.entries(objects)), nowMs })).toEqual(want);
});

test('kindsOf: every name a quota may have', () => {
  const hard = [
    'count/deployments.apps',
    'gold.storageclass.storage.k8s.io/requests.storage',
    'services.nodeports',
    'limits.cpu',
    'secrets',
  ];
  expect(kindsOf(quota(Object.fromEntries(hard.map((name) => [name, '1']))))).toEqual([
    'deployments.apps',
    'persistentvolumeclaims',
    'pods',
    'secrets',
    'services',
  ]);
});
