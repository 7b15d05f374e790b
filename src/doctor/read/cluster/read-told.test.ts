import { expect, test } from 'vitest';
import type { Coverage } from '../../snapshot/types.ts';
import { type Answer, forbidden, pathOf, read, refuse } from '../../testing/api-server.ts';
import { node } from '../../testing/builders.ts';
import { logPath } from './read-logs.ts';
import { sizesIn } from './read-store.ts';

const text =
  (body: string): Answer =>
  (_, response) =>
    void response.end(body);

// As a kube-apiserver 1.34 writes it.
const metrics = `# HELP apiserver_storage_size_bytes [STABLE] Size of the storage database file physically allocated in bytes.
# TYPE apiserver_storage_size_bytes gauge
apiserver_storage_size_bytes{storage_cluster_id="etcd-0"} 7.210830848e+09
`;

interface Case {
  name: string;
  answers: Record<string, Answer>;
  objects: object[];
  coverage: Coverage['state'];
  reason: string;
}

test.each<Case>([
  {
    name: 'size and health -> told, and that alarms are not',
    answers: { '/metrics': text(metrics), '/readyz/etcd': text('ok') },
    objects: [{ dbSizeBytes: 7_210_830_848, isReachable: true }],
    coverage: 'partial',
    reason: 'not its alarms and members',
  },
  {
    name: 'no right to read the metrics -> health alone',
    answers: { '/metrics': forbidden, '/readyz/etcd': text('ok') },
    objects: [{ isReachable: true }],
    coverage: 'partial',
    reason: 'forbidden',
  },
  {
    name: 'the check of etcd fails -> not reachable',
    answers: {
      '/metrics': text(metrics),
      '/readyz/etcd': (_, response) => {
        response.statusCode = 500;
        response.end('internal server error: etcd failed: reason withheld');
      },
    },
    objects: [{ dbSizeBytes: 7_210_830_848, isReachable: false }],
    coverage: 'partial',
    reason: 'not its alarms',
  },
  {
    name: 'a server whose store is no etcd -> unread, with the reason',
    answers: { '/metrics': text('apiserver_request_total 5\n') },
    objects: [],
    coverage: 'unread',
    reason: '/metrics has no size of the store',
  },
])('readCluster, store: $name', async ({ answers, objects, coverage, reason }) => {
  const { snapshot } = await read(answers, { kinds: ['pods', 'etcdMembers'] });
  expect(snapshot.all('etcdMembers')).toMatchObject(objects);
  expect(snapshot.all('etcdMembers')).toHaveLength(objects.length);
  expect(snapshot.coverage('etcdMembers')).toMatchObject({
    state: coverage,
    reason: expect.stringContaining(reason) as string,
  });
});

test.each<{ name: string; metrics: string; want: { name: string; dbSizeBytes: number }[] }>([
  {
    name: '1.27 -> by endpoint, each once',
    metrics: `apiserver_storage_size_bytes{cluster="etcd-0"} 4.919296e+06
apiserver_storage_db_total_size_in_bytes{endpoint="https://10.0.0.1:2379"} 4.919296e+06
apiserver_storage_db_total_size_in_bytes{endpoint="https://10.0.0.1:2379"} 1`,
    want: [
      { name: 'etcd-0', dbSizeBytes: 4_919_296 },
      { name: 'https://10.0.0.1:2379', dbSizeBytes: 4_919_296 },
    ],
  },
  {
    name: 'nothing that is a size -> nothing',
    metrics: 'apiserver_storage_size_bytes{a="b"} NaN\nx_apiserver_storage_size_bytes{a="b"} 1\n',
    want: [],
  },
])('sizesIn: $name', ({ metrics: given, want }) => {
  expect(sizesIn(given)).toEqual(want);
});

const longhorn = {
  items: [
    {
      metadata: { name: 'node-1', namespace: 'longhorn-system' },
      spec: { disks: {} },
      status: {
        diskStatus: {
          'default-disk-1': {
            storageMaximum: 100,
            storageAvailable: 8,
            storageScheduled: 250,
            diskPath: '/var/lib/longhorn/',
          },
          broken: null,
        },
      },
    },
  ],
};

test.each<Case & { kind: 'pools' | 'disks' }>([
  {
    name: 'Longhorn, Rook and LVM -> each in its way; a full volume group is no pool',
    kind: 'pools',
    answers: {
      '/apis/longhorn.io/v1beta2/nodes': longhorn,
      '/apis/ceph.rook.io/v1/cephclusters': {
        items: [
          {
            metadata: { name: 'main', namespace: 'rook-ceph' },
            status: {
              ceph: { health: 'HEALTH_OK', capacity: { bytesTotal: 1000, bytesUsed: 900, bytesAvailable: 100 } },
            },
          },
        ],
      },
      '/apis/local.openebs.io/v1alpha1/lvmnodes': {
        items: [
          {
            metadata: { name: 'node-2', namespace: 'openebs' },
            volumeGroups: [
              { name: 'vg', size: '10Gi', free: '0', thinPools: [{ name: 'thin', size: '4Gi', free: '1Gi' }] },
            ],
          },
        ],
      },
    },
    objects: [
      { metadata: { name: 'node-1/default-disk-1' }, driver: 'driver.longhorn.io', physicalBytes: 100, usedBytes: 92 },
      { metadata: { name: 'rook-ceph/main' }, driver: 'rook-ceph.rbd.csi.ceph.com', usedBytes: 900 },
      { metadata: { name: 'node-2/vg/thin' }, driver: 'local.csi.openebs.io', usedBytes: 3 * 2 ** 30 },
    ],
    coverage: 'partial',
    reason: 'only of drivers that show their pools',
  },
  {
    name: 'volumes of Longhorn, LVM and TopoLVM -> disks; snapshots and standby volumes are left out',
    kind: 'disks',
    answers: {
      '/apis/longhorn.io/v1beta2/volumes': {
        items: [
          { metadata: { name: 'pvc-1' }, spec: { size: '1073741824' }, status: { actualSize: 500 } },
          { metadata: { name: 'pvc-2' }, spec: { size: '1', Standby: true }, status: {} },
        ],
      },
      '/apis/local.openebs.io/v1alpha1/lvmvolumes': {
        items: [{ metadata: { name: 'pvc-3' }, spec: { capacity: '4294967296' }, status: { state: 'Ready' } }],
      },
      '/apis/topolvm.io/v1/logicalvolumes': {
        items: [
          { metadata: { name: 'pvc-4' }, spec: { size: '1Gi' }, status: { volumeID: 'uid-4' } },
          { metadata: { name: 'snap' }, spec: { size: '1Gi', source: 'uid-4' }, status: { volumeID: 'uid-5' } },
        ],
      },
    },
    objects: [
      { driver: 'driver.longhorn.io', volumeHandle: 'pvc-1', sizeBytes: 2 ** 30, usedBytes: 500 },
      { driver: 'local.csi.openebs.io', volumeHandle: 'pvc-3', sizeBytes: 2 ** 32 },
      { driver: 'topolvm.io', volumeHandle: 'uid-4', sizeBytes: 2 ** 30 },
    ],
    coverage: 'read',
    reason: '',
  },
  {
    name: 'one may not be listed -> those of the others, and not all',
    kind: 'disks',
    answers: {
      '/apis/longhorn.io/v1beta2/volumes': forbidden,
      '/apis/topolvm.io/v1/logicalvolumes': {
        items: [{ metadata: { name: 'pvc-4' }, spec: { size: '1Gi' }, status: { volumeID: 'uid-4' } }],
      },
    },
    objects: [{ volumeHandle: 'uid-4' }],
    coverage: 'partial',
    reason: 'volumes.longhorn.io',
  },
  {
    name: 'no such driver -> unread, naming those that would show them',
    kind: 'pools',
    answers: {},
    objects: [],
    coverage: 'unread',
    reason: 'no driver here shows its pools in the API, as nodes.longhorn.io,',
  },
])('readCluster, backends: $name', async ({ kind, answers, objects, coverage, reason }) => {
  const { snapshot } = await read(answers, { kinds: ['pods', kind] });
  const found = snapshot.all(kind);
  for (const object of objects)
    expect(found).toEqual(expect.arrayContaining([expect.objectContaining(shallow(object))]));
  expect(found).toHaveLength(objects.length);
  const told = snapshot.coverage(kind);
  expect(told.state).toBe(coverage);
  expect('reason' in told ? told.reason : '').toContain(reason);
});

/** Metadata is compared by what the case gives of it. */
function shallow(object: object): object {
  const { metadata, ...rest } = object as { metadata?: object };
  return { ...rest, ...(metadata && { metadata: expect.objectContaining(metadata) as object }) };
}

const line = 'kubelet[812]: E0601 "Orphaned pod \\"3f1\\" found, but volume paths are still present on disk"';

test.each<Case>([
  {
    name: 'kubelets answer -> their lines, by node',
    answers: { [pathAt('node-1')]: text(`-- Logs begin --\n${line}\n`), [pathAt('node-2')]: text('') },
    objects: [{ nodeName: 'node-1', component: 'kubelet', text: line }],
    coverage: 'partial',
    reason: 'only what kubelets say of orphaned pods',
  },
  {
    name: 'one of them does not -> the lines of the others, and that it is missing',
    answers: { [pathAt('node-1')]: text(line), [pathAt('node-2')]: refuse(500, 'InternalError', 'dial tcp: refused') },
    objects: [{ nodeName: 'node-1' }],
    coverage: 'partial',
    reason: '1 kubelets gave no answer',
  },
  {
    name: 'log queries are off -> unread',
    answers: {},
    objects: [],
    coverage: 'unread',
    reason: 'the kubelets do not show their logs (node-1: ',
  },
  {
    name: 'no permission -> unread',
    answers: { [pathAt('node-1')]: forbidden },
    objects: [],
    coverage: 'unread',
    reason: 'forbidden',
  },
])('readCluster, logs: $name', async ({ name, answers, objects, coverage, reason }) => {
  const nodes = { items: [node(), node({ metadata: { name: 'node-2' } })] };
  const { snapshot, requests } = await read({ [pathOf('nodes')]: nodes, ...answers }, { kinds: ['nodes', 'logs'] });
  expect(snapshot.all('logs')).toMatchObject(objects);
  expect(snapshot.coverage('logs')).toMatchObject({
    state: coverage,
    reason: expect.stringContaining(reason) as string,
  });
  // What the first does not offer, nobody else is asked for.
  const asked = requests.filter(({ url }) => url?.includes('/proxy/logs/')).length;
  expect({ name, asked }).toEqual({ name, asked: coverage === 'unread' ? 1 : 2 });
});

function pathAt(nodeName: string): string {
  return logPath(nodeName).split('?')[0] ?? '';
}

const policed = {
  metadata: { name: 'nightly', namespace: 'velero' },
  spec: { schedule: '@daily', template: { resourcePolicy: { kind: 'configmap', name: 'policy' } } },
};
const policyPath = '/api/v1/namespaces/velero/configmaps/policy';
const policy = { metadata: { name: 'policy', namespace: 'velero' }, data: { p: 'version: v1\nvolumePolicies: []' } };

test.each<Case & { schedules: object[] }>([
  {
    name: 'nothing names one -> nothing is asked for',
    schedules: [],
    answers: {},
    objects: [],
    coverage: 'read',
    reason: '',
  },
  {
    name: 'a schedule names one -> that one is read',
    schedules: [policed, { ...policed, metadata: { name: 'weekly', namespace: 'velero' } }],
    answers: { [policyPath]: policy },
    objects: [policy],
    coverage: 'read',
    reason: '',
  },
  {
    name: 'it is not there -> that is known',
    schedules: [policed],
    answers: {},
    objects: [],
    coverage: 'read',
    reason: '',
  },
  {
    name: 'it may not be read -> told',
    schedules: [policed],
    answers: { [policyPath]: forbidden },
    objects: [],
    coverage: 'partial',
    reason: '1 resource policies could not be read',
  },
])('readCluster, resource policies: $name', async ({ schedules, answers, objects, coverage, reason }) => {
  const { snapshot, requests } = await read(
    { [pathOf('schedules')]: { items: schedules }, ...answers },
    { kinds: ['pods', 'schedules', 'policyMaps'] },
  );
  expect(snapshot.all('policyMaps')).toMatchObject(objects);
  const told = snapshot.coverage('policyMaps');
  expect(told.state).toBe(coverage);
  expect('reason' in told ? told.reason : '').toContain(reason);
  const asked = requests.filter(({ url }) => url?.includes('configmaps')).length;
  expect(asked).toBe(schedules.length > 0 ? 1 : 0);
});
